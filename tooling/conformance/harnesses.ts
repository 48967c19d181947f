import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inProcesses, type TransportHarness } from '../../packages/transport-conformance/src/suite.ts'
import { root } from '../workspace/root.ts'

/** A transport that can be tested, and where its harness stands. */
export interface Found {
  readonly harness: TransportHarness<unknown>
  readonly module: URL
}

/**
 * The transports that can be tested, by package. By convention a package that has a transport has a file
 * `test/harness.ts`, which exports it as `harness`; its own `test/conformance.test.ts` uses the same.
 */
export async function findHarnesses(base: string = root): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const path of globSync('packages/*/test/harness.ts', { cwd: base }).sort()) {
    const module = pathToFileURL(join(base, path))
    const { harness } = (await import(module.href)) as { harness?: TransportHarness<unknown> }
    if (!harness) throw new TypeError(`${path} exports no "harness"`)
    found.push({ harness, module })
  }
  return found
}

/** Those with these names, or all. Throws when there is none of a name. */
export function chooseHarnesses(harnesses: readonly Found[], names: readonly string[]): readonly Found[] {
  const known = harnesses.map(({ harness }) => harness.name)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    throw new RangeError(`No transport "${unknown}" has a harness. There are: ${known.join(', ')}`)
  }
  return names.length === 0 ? harnesses : harnesses.filter(({ harness }) => names.includes(harness.name))
}

/** The harness, with each peer in a process of its own if `processes`. */
export function toSuite({ harness, module }: Found, processes: boolean): TransportHarness<unknown> {
  return processes ? inProcesses(harness, module) : harness
}
