import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readManifest } from './surroundings.ts'

const own = resolve(import.meta.dirname, '..')

/**
 * The range of versions that a new package asks for, of what this one was released with. In the repository itself, where
 * nothing has been released, it is that of the package as it is.
 */
export function rangeOf(dependency: string): string {
  const { devDependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const range = devDependencies[dependency]
  if (range === undefined) throw new TypeError(`The templates need ${dependency}, which package.json does not name`)
  if (!range.startsWith('workspace:')) return range
  const { version } = readManifest(join(own, '..', dependency.slice('@sm/'.length))) ?? {}
  return `^${String(version)}`
}
