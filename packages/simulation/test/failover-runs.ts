import type { SimulationOptions } from '../src/options.ts'
import { awayReaders, type FailoverFaults, failover } from '../src/scenario/failover.ts'

const under = (faults: FailoverFaults) => (seed: number) => failover(seed, faults)

/** The runs in which slips of the source are looked for. Without a slip they break no rule. */
export const failoverRuns = {
  cut: under({ kinds: ['cut'] }),
  'broker crash': under({ kinds: ['broker-crash'] }),
  'half open': under({ kinds: ['half-open'] }),
  'receivers crash': under({ kinds: ['crash'], hosts: ['billing-0', 'billing-1'] }),
  'away readers': awayReaders,
} as const satisfies Readonly<Record<string, (seed: number) => SimulationOptions>>

export type FailoverRun = keyof typeof failoverRuns
