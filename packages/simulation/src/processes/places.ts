import type { TransportChoice } from '@sm/core/transport'
import type { ProcessRecord } from '../history/history.ts'
import type { SimulatedAgentOptions } from './agent-spec.ts'

/** Where a process says that it is there. `partOf`: the part of a wire that it is in. */
export function placesOf(
  choices: readonly TransportChoice[],
  presence: SimulatedAgentOptions['presence'],
  partOf: (wire: string) => string,
): ProcessRecord['places'] {
  const isPresent = (wire: string) => (typeof presence === 'object' ? (presence[wire] ?? true) : (presence ?? true))
  const spoken = choices.filter(({ definition: { name, capabilities } }) => {
    return !capabilities.publishOnly && capabilities.delivery['at-most-once'] !== undefined && isPresent(name)
  })
  return Object.fromEntries(spoken.map(({ definition: { name } }) => [name, partOf(name)]))
}
