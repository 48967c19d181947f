import { beginFault, type FaultTargets } from './begin-fault.ts'
import type { Fault } from './fault.ts'

/** Has the faults of a plan begin and end at their times. */
export function applyFaults(faults: readonly Fault[], targets: FaultTargets): void {
  for (const fault of faults) {
    const { kind, at, endsAt, hosts } = fault
    targets.recorder.fault({ kind, at, endsAt, target: hosts.join(', ') })
    targets.clock.schedule(() => {
      const end = beginFault(fault, targets)
      if (end) targets.clock.schedule(end, endsAt - at)
    }, at)
  }
}
