/** Where a package comes from, as npm wants to know it. */
export interface Repository {
  readonly type: 'git'
  readonly url: string
  readonly directory: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * A package.json with the repository whose workflow this is, unless it states one itself or this is no workflow. npm
 * refuses a provenance from another repository than the one that the package states.
 */
export function withRepository<Manifest extends { readonly repository?: unknown }>(
  manifest: Manifest,
  directory: string,
  { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name }: Environment,
): Manifest & { readonly repository?: unknown } {
  if (manifest.repository !== undefined || !server || !name) return manifest
  const repository: Repository = { type: 'git', url: `git+${server}/${name}.git`, directory }
  return { ...manifest, repository }
}
