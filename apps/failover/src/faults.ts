import { type BrokerName, brokerNames } from '../../../tooling/brokers/index.ts'

/** The wires that can be made to fail, in the order of the ladder. */
export const wireNames = ['named-pipes', ...brokerNames] as const satisfies readonly ('named-pipes' | BrokerName)[]

export type WireName = (typeof wireNames)[number]

/** The ways in which a wire can fail. */
export const faultNames = ['kill', 'restart', 'freeze', 'half-open', 'one-way', 'slow'] as const

export type FaultName = (typeof faultNames)[number]

/** The faults that a wire can have. Named pipes have no process and no data of their own: nothing of them can freeze or be forgotten. */
export function faultsOf(wire: WireName): readonly FaultName[] {
  return wire === 'named-pipes' ? ['kill', 'half-open', 'one-way', 'slow'] : faultNames
}
