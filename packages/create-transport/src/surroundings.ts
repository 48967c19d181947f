import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The name of the repository's own package.json. */
const repositoryName = 'smartmessage'

/** A package.json, as far as it is read; undefined where there is none that can be read. */
export function readManifest(directory: string): { readonly name?: unknown; readonly version?: unknown } | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return typeof manifest === 'object' && manifest !== null ? manifest : undefined
  } catch {
    // None there, or somebody else's that is broken: neither says where we are.
    return undefined
  }
}

/** The SmartMessage repository that a directory is in. */
export function findRepository(directory: string): string | undefined {
  for (let here = directory; ; here = dirname(here)) {
    const isRoot = existsSync(join(here, 'pnpm-workspace.yaml')) && readManifest(here)?.name === repositoryName
    if (isRoot) return here
    if (dirname(here) === here) return undefined
  }
}
