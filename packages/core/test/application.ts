import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const run = promisify(execFile)
const core = fileURLToPath(new URL('..', import.meta.url))

/** An application of its own, in a directory with `@sm/core` installed and nothing else. */
export interface Application {
  readonly directory: string
  write(path: string, text: string): void
  /** Runs `main.mjs` of these lines in a process of its own, and reads the JSON that it prints. */
  run(...lines: readonly string[]): Promise<unknown>
}

/** Makes an application, which is removed when the test has finished. */
export function application(): Application {
  const directory = mkdtempSync(join(tmpdir(), 'sm-core-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  mkdirSync(join(directory, 'node_modules/@sm'), { recursive: true })
  symlinkSync(core, join(directory, 'node_modules/@sm/core'), 'junction')
  return {
    directory,
    write,
    async run(...lines) {
      write('main.mjs', lines.join('\n'))
      const { SM_TRANSPORTS: _transports, SM_NAMESPACE: _namespace, ...env } = process.env
      const { stdout } = await run(process.execPath, ['--conditions=@sm/source', 'main.mjs'], {
        cwd: directory,
        env,
        timeout: 15_000,
      })
      return JSON.parse(stdout)
    },
  }
}
