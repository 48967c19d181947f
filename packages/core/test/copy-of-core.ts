import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Another copy of core in this process, as a tree with two versions of it would have. */
export interface CopyOfCore {
  readonly core: typeof import('../src/index.ts')
  readonly author: typeof import('../src/transport-author.ts')
}

/** Loads a copy of the sources from a directory of its own. */
export async function copyOfCore(): Promise<CopyOfCore> {
  const directory = mkdtempSync(join(tmpdir(), 'sm-core-copy-'))
  try {
    const source = fileURLToPath(new URL('../src', import.meta.url))
    cpSync(source, directory, { recursive: true, filter: path => !path.endsWith('.test.ts') })
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
    const load = (entry: string) => import(/* @vite-ignore */ pathToFileURL(join(directory, entry)).href)
    return { core: await load('index.ts'), author: await load('transport-author.ts') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
