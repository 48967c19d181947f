import type { FaultKind } from '../src/faults/fault.ts'
import type { SimulationOptions } from '../src/options.ts'
import { awayReaders, type FailoverFaults, failover } from '../src/scenario/failover.ts'
import { fleet } from '../src/scenario/fleet.ts'
import { keyedSteps } from './keyed-steps.ts'

const under = (faults: FailoverFaults) => (seed: number) => failover(seed, faults)

/** The fleet, whose processes end and come back, and whose wires work. */
const fleetWhere = (kind: FaultKind) => (seed: number) => ({
  ...fleet(seed),
  faults: { ...fleet(seed).faults, kinds: [kind], fromMs: 7_000, untilMs: 10_000 },
})

/** The runs in which slips of the source are looked for. Without a slip they break no rule. */
export const slipRuns = {
  cut: under({ kinds: ['cut'] }),
  'broker crash': under({ kinds: ['broker-crash'] }),
  'half open': under({ kinds: ['half-open'] }),
  'receivers crash': under({ kinds: ['crash'], hosts: ['billing-0', 'billing-1'] }),
  'away readers': awayReaders,
  'keyed steps': keyedSteps,
  'a fleet that restarts': fleetWhere('restart'),
  'a fleet that crashes': fleetWhere('crash'),
} as const satisfies Readonly<Record<string, (seed: number) => SimulationOptions>>

export type SlipRun = keyof typeof slipRuns
