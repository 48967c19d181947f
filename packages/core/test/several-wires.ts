import type { AgentOptions } from '../src/index.ts'
import { defineMessage, unchecked } from '../src/index.ts'
import { type ManualWire, manualTransport } from './manual-transport.ts'
import { testWorld } from './test-world.ts'

let worlds = 0

/** An agent on its own instance: repeats are noticed there. */
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
