import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Ended, run } from '../workspace/run.ts'
import { npmCache } from './node-versions.ts'

/** An empty project of a user. */
export interface Project {
  readonly directory: string
  write(path: string, text: string): Promise<void>
  /** `npm install` of these, as a user would type it. */
  install(...what: readonly string[]): Promise<Ended>
  /** Runs a file of it. */
  run(binary: string, file: string, env?: Readonly<Record<string, string>>): Promise<Ended>
}

/** Makes an empty project whose `@sm/…` packages come from the registry at `registryUrl`, and all others as ever. */
export async function createProject(directory: string, registryUrl: string): Promise<Project> {
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  await write('package.json', '{ "name": "empty", "private": true }')
  await write('.npmrc', `@sm:registry=${registryUrl}\n`)
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--cache', npmCache]
  return {
    directory,
    write,
    install: (...what) => run('npm', ['install', ...quiet, ...what], { cwd: directory }),
    run: (binary, file, env = {}) => run(binary, [file], { cwd: directory, env }),
  }
}
