import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Answers } from './answers.ts'
import { reservedNames } from './names.ts'
import { readManifest } from './surroundings.ts'
import { RefusedError } from './usage-error.ts'

/** Where a package of the repository says what users get. */
export function changesetPath(repository: string, folder: string): string {
  return join(repository, '.changeset', `first-${folder}.md`)
}

/** Throws a {@link RefusedError} where a package of that name, or something else in its place, is there already. */
export function requireFree({ names, repository, directory }: Answers): void {
  const { kebab, packageName, folder } = names
  if (reservedNames.has(kebab)) {
    throw new RefusedError(
      `The name "${kebab}" is taken: SmartMessage has a package for it, and agents know it by that`,
    )
  }
  if (packageName.length > 214) throw new RefusedError(`${packageName} is longer than npm allows`)
  const occupant = existsSync(directory) ? (statSync(directory).isDirectory() ? readdirSync(directory) : ['it']) : []
  if (occupant.length > 0) throw new RefusedError(`${directory} is there already, and not an empty folder`)
  if (repository === undefined) return
  const packages = join(repository, 'packages')
  for (const name of readdirSync(packages)) {
    const taken = readManifest(join(packages, name))?.name
    if (taken === packageName || name === folder) throw new RefusedError(`packages/${name} is ${String(taken)} already`)
  }
  const changeset = changesetPath(repository, folder)
  if (existsSync(changeset)) throw new RefusedError(`${changeset} is there already`)
}
