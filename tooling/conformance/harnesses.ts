import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TransportHarness } from '../../packages/transport-conformance/src/suite.ts'
import { root } from '../workspace/root.ts'

/**
 * The transports of the workspace that can be tested, by package. By convention a package that has a transport has a
 * file `test/harness.ts`, which exports it as `harness`; its own `test/conformance.test.ts` uses the same.
 */
export async function findHarnesses(base: string = root): Promise<readonly TransportHarness[]> {
  const harnesses: TransportHarness[] = []
  for (const path of globSync('packages/*/test/harness.ts', { cwd: base }).sort()) {
    const { harness } = (await import(pathToFileURL(join(base, path)).href)) as { harness?: TransportHarness }
    if (!harness) throw new TypeError(`${path} exports no "harness"`)
    harnesses.push(harness)
  }
  return harnesses
}

/** Those with these names, or all. Throws when there is none of a name. */
export function chooseHarnesses(
  harnesses: readonly TransportHarness[],
  names: readonly string[],
): readonly TransportHarness[] {
  const known = harnesses.map(({ name }) => name)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    throw new RangeError(`No transport "${unknown}" has a harness. There are: ${known.join(', ')}`)
  }
  return names.length === 0 ? harnesses : harnesses.filter(({ name }) => names.includes(name))
}
