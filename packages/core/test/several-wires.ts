import { transportError } from '../src/errors/index.ts'
import { type AgentOptions, defineMessage, unchecked } from '../src/index.ts'
import { type ManualWire, manualTransport } from './manual-transport.ts'
import { testWorld } from './test-world.ts'

let worlds = 0

/** One instance, which notices repeats. */
export const instance = 'billing/01ARZ3NDEKTSV4RRFFQ69G5FAV'

/** A message that may be handled twice. */
export const Reading = defineMessage('reading.taken', { schema: unchecked<number>(), repeats: 'allowed' })

/** A shop with several wires, in the order of its ladder. With `takes` false, each publish there waits for the test. */
export async function shopWithWires(count: number, options: AgentOptions & { readonly takes?: boolean } = {}) {
  const { takes = true, transports: others = [], ...rest } = options
  const world = testWorld()
  worlds += 1
  const made = Array.from({ length: count }, (_, i) => manualTransport(`w${worlds}-${i + 1}`, 20 + i))
  const wires = made.map(({ wire }) => wire) as [ManualWire, ManualWire, ManualWire]
  for (const wire of wires) wire.takes = takes
  const transports = [...made.map(({ transport }) => transport()), ...(others as [])]
  const shop = await world.agent('shop', { transports, ...rest })
  const names = made.map(({ transport }) => transport.definition.name) as [string, string, string]
  return { ...world, shop, wires, names }
}

/** A transport that did not take it, and what it knows. */
export const refusal = (outcome: 'failed' | 'unknown' = 'failed') =>
  transportError('SM_PUBLISH_FAILED', `${outcome} there`, { details: { outcome } })

/** How often each wire was given something. */
export const counts = (wires: readonly ManualWire[]) => wires.map(({ ids }) => ids.length)

/** What became of a publish by now. */
export function watch<T>(publish: Promise<T>) {
  const seen: { receipt?: T; error?: { code?: string; details?: unknown } } = {}
  publish.then(
    receipt => {
      seen.receipt = receipt
    },
    error => {
      seen.error = error
    },
  )
  return seen
}
