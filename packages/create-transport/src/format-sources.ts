import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Formats a new package of the repository with the repository's own tool: with another name, imports sort and lines
 * break otherwise. False where the tool is not installed; then `pnpm format` has to do it.
 */
export function formatSources(repository: string, directory: string): boolean {
  const biome = join(repository, 'node_modules/@biomejs/biome/bin/biome')
  if (!existsSync(biome)) return false
  return spawnSync(process.execPath, [biome, 'check', '--write', directory], { cwd: repository }).status === 0
}
