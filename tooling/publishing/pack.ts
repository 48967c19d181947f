import { mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withLock } from '../workspace/lock.ts'
import { root } from '../workspace/root.ts'
import { type Ended, run } from '../workspace/run.ts'
import type { Tarball } from './registry.ts'

async function must(what: string, ended: Promise<Ended>): Promise<string> {
  const { code, output } = await ended
  if (code !== 0) throw new Error(`${what} failed with code ${code}:\n${output}`)
  return output
}

/** Runs a command that needs pnpm on the PATH, also where a test is run without it. */
async function withPnpm(command: string, args: readonly string[]): Promise<Ended> {
  const { code } = await run('pnpm', ['--version'], { cwd: tmpdir() })
  return code === 0 ? run(command, args) : run('npx', ['-y', '--package=pnpm@12', '--', command, ...args])
}

/** A file of a tarball. */
function readPacked(file: string, path: string): Promise<string> {
  return must(`Reading ${path}`, run('tar', ['-xzOf', file, `package/${path}`]))
}

/** The tarballs of a directory. */
async function tarballsIn(directory: string): Promise<readonly Tarball[]> {
  const files = (await readdir(directory)).filter(name => name.endsWith('.tgz')).sort()
  return Promise.all(
    files.map(async name => {
      const file = join(directory, name)
      return { manifest: JSON.parse(await readPacked(file, 'package.json')), file }
    }),
  )
}

/** A build empties what it writes to, so that nobody may pack meanwhile. */
const lock = join(root, 'node_modules/.cache/publishing/pack.lock')

/** Builds packages of the workspace with what they depend on, and packs them as they would be published. */
export async function packPackages(names: readonly string[], directory: string): Promise<readonly Tarball[]> {
  const builds = names.map(name => `--filter=${name}...`)
  const filters = names.map(name => `--filter=${name}`)
  await mkdir(directory, { recursive: true })
  await withLock(lock, async () => {
    await must('The build', withPnpm('turbo', ['run', 'build', '--output-logs=errors-only', ...builds]))
    await must('Packing', withPnpm('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', directory]))
  })
  return tarballsIn(directory)
}
