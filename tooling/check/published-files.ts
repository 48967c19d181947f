/** The part of the package.json of a tarball that is looked at. */
export interface PublishedManifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly license?: string
  readonly type?: string
  readonly engines?: { readonly node?: string }
  readonly files?: readonly string[]
  readonly sideEffects?: boolean | readonly string[]
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean }
}

/** A packed package, unpacked. */
export interface PublishedPackage {
  readonly manifest: PublishedManifest
  /** Its files from its root. */
  readonly files: readonly string[]
  read(path: string): string
}

/** The versions of Node that every package runs on. */
const nodeRange = '^22.18 || >=24'

/** The version of what was never released. */
const unreleased = '0.0.0'

/** Code that does something when it is imported: it makes itself known to core. */
const registers = /^(?:export const \w+ = )?(?:defineTransport|registerCodec)\b/m

const inTree = (path: string) => path.replace(/^\.\//, '')

function manifestFaults({ manifest, files }: PublishedPackage): readonly string[] {
  const { publishConfig, peerDependencies = {}, dependencies = {} } = manifest
  const wants: ReadonlyArray<readonly [boolean, string]> = [
    [Boolean(manifest.description), 'has no description'],
    [manifest.license === 'MIT' && files.includes('LICENSE'), 'has no licence, or no LICENSE file'],
    [files.includes('README.md'), 'has no README.md'],
    [manifest.files?.includes('CHANGELOG.md') === true, 'does not list CHANGELOG.md among its files'],
    [manifest.version === unreleased || files.includes('CHANGELOG.md'), 'was released before and has no CHANGELOG.md'],
    [manifest.type === 'module', 'is not of the type "module"'],
    [manifest.engines?.node === nodeRange, `does not state that it runs on Node ${nodeRange}`],
    [publishConfig?.access === 'public', 'is not published for everyone: publishConfig.access'],
    [publishConfig?.provenance === true, 'is not published with its provenance: publishConfig.provenance'],
    [dependencies['@sm/core'] === undefined, 'brings a core of its own: it must be a peer'],
    [
      Object.values({ ...dependencies, ...peerDependencies }).every(range => !range.startsWith('workspace:')),
      'has a range that only this workspace knows',
    ],
    [manifest.name === '@sm/core' || /^\^/.test(peerDependencies['@sm/core'] ?? '^'), 'narrows the peer range of core'],
  ]
  return wants.flatMap(([holds, fault]) => (holds ? [] : [fault]))
}

/** Every entry has types, and every file of code a map whose sources are there. */
function codeFaults({ manifest, files, read }: PublishedPackage): readonly string[] {
  const has = new Set(files)
  const faults: string[] = []
  for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === 'string') continue
    for (const condition of ['types', 'default'] as const) {
      if (!has.has(inTree(target[condition] ?? ''))) faults.push(`has no ${condition} for the entry ${entry}`)
    }
  }
  for (const path of files.filter(file => /^dist\/.*\.js$/.test(file))) {
    if (!has.has(`${path}.map`)) {
      faults.push(`has no source map of ${path}`)
      continue
    }
    const { sources } = JSON.parse(read(`${path}.map`)) as { sources: readonly string[] }
    const lost = sources.map(source => new URL(source, `file:///${path}`).pathname.slice(1)).find(one => !has.has(one))
    if (lost !== undefined) faults.push(`maps ${path} to ${lost}, which is not there`)
  }
  return faults
}

/** A module that registers itself is named, or a bundler leaves it out; and a module that is named is there. */
function sideEffectFaults({ manifest, files, read }: PublishedPackage): readonly string[] {
  const { sideEffects } = manifest
  if (sideEffects === undefined || sideEffects === true) return ['does not say which files have side effects']
  const patterns = sideEffects === false ? [] : sideEffects.map(inTree)
  const expressions = patterns.map(
    pattern => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`),
  )
  const faults = patterns
    .filter((_, i) => !files.some(file => expressions[i]?.test(file)))
    .map(pattern => `names ${pattern} among its side effects, which is not there`)
  for (const path of files.filter(file => /^(src\/.*\.ts|dist\/.*\.js)$/.test(file))) {
    const code = read(path).replaceAll(/^var \w+ = /gm, '')
    if (registers.test(code) && !expressions.some(expression => expression.test(path)))
      faults.push(`registers something in ${path}, which its side effects do not name`)
  }
  return faults
}

/** The faults of a package as it would be published, each in words that follow its name. */
export function publishedFaults(published: PublishedPackage): readonly string[] {
  return [manifestFaults, codeFaults, sideEffectFaults].flatMap(faults => faults(published))
}
