import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

/** The part of a package.json that the tools read. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly repository?: unknown
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** A package of the workspace. */
export interface WorkspacePackage {
  /** Its directory from the root, with slashes: `packages/core`. */
  readonly path: string
  /** Its directory. */
  readonly directory: string
  readonly manifest: Manifest
}

/** The packages in `packages/` and `apps/`, by path. A directory without a package.json is none yet. */
export function workspacePackages(base: string = root): readonly WorkspacePackage[] {
  return globSync(['packages/*', 'apps/*'], { cwd: base })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => existsSync(join(base, path, 'package.json')))
    .sort()
    .map(path => {
      const directory = join(base, path)
      return { path, directory, manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) }
    })
}

/** The packages that are published. */
export function publicPackages(base: string = root): readonly WorkspacePackage[] {
  return workspacePackages(base).filter(({ manifest }) => manifest.private !== true)
}

/** The source file behind an entry of a package: what its export has under `@sm/source`. */
export function sourceOf({ directory, manifest }: WorkspacePackage, entry = '.'): string | undefined {
  const target = manifest.exports?.[entry]
  const source = typeof target === 'object' ? target['@sm/source'] : undefined
  return source === undefined ? undefined : join(directory, source)
}
