import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicPackages } from '../workspace/packages.ts'

/** The wires between agents, as users install them. */
export interface Wire {
  /** The name under which agents know it: `redis`. */
  readonly name: string
  /** The package to install beside core; core brings its own transport along. */
  readonly packageName: string | undefined
  /** It brings no messages: agents talk over memory, and it keeps copies. */
  readonly publishOnly: boolean
}

const prefix = 'packages/transport-'

/** Memory, and every transport that has a folder of its own. */
export function publishedWires(): readonly Wire[] {
  const wires: Wire[] = [{ name: 'memory', packageName: undefined, publishOnly: false }]
  for (const { path, directory, manifest } of publicPackages()) {
    const name = path.slice(prefix.length)
    if (!path.startsWith(prefix) || name === 'conformance' || !existsSync(join(directory, 'src/index.ts'))) continue
    // What a transport does stands in one file, of one name everywhere.
    const capabilities = readFileSync(join(directory, 'src/capabilities.ts'), 'utf8')
    wires.push({ name, packageName: manifest.name, publishOnly: capabilities.includes('publishOnly: true') })
  }
  return wires
}

/** Core, the packages of these wires, and those of the workspace that they depend on. */
export function packagesOf(wires: readonly Wire[]): readonly string[] {
  const manifests = new Map(publicPackages().map(({ manifest }) => [manifest.name, manifest]))
  const needed = new Set(['@sm/core', ...wires.flatMap(({ packageName }) => packageName ?? [])])
  // A set tells also what is added to it while it is gone through.
  for (const name of needed) {
    for (const dependency of Object.keys(manifests.get(name)?.dependencies ?? {})) {
      if (manifests.has(dependency)) needed.add(dependency)
    }
  }
  return [...needed]
}
