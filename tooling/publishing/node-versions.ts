import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { run } from '../workspace/run.ts'

/** A major version of Node: its binary, or why there is none. */
export type NodeVersion =
  | { readonly major: number; readonly binary: string; readonly absence?: undefined }
  | { readonly major: number; readonly absence: string }

/** Kept between runs: a binary has a hundred megabytes. */
const cache = join(root, 'node_modules/.cache/publishing')

/** The npm cache that installs of tests share. */
export const npmCache = join(cache, 'npm')

/** Installs a Node of a major version from the `node` package of the registry, unless it is there already. */
export async function nodeVersion(major: number): Promise<NodeVersion> {
  if (process.version.startsWith(`v${major}.`)) return { major, binary: process.execPath }
  const directory = join(cache, `node-${major}`)
  const binary = join(directory, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'package.json'), '{ "private": true }')
    const install = ['install', '--no-audit', '--no-fund', '--loglevel=error', `node@${major}`]
    const { code, output } = await run('npm', install, { cwd: directory })
    if (/ETARGET|No matching version/.test(output)) return { major, absence: `the registry has no Node ${major}` }
    if (code !== 0 || !existsSync(binary)) throw new Error(`Node ${major} could not be installed:\n${output}`)
  }
  return { major, binary }
}
