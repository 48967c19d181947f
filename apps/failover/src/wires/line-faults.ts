import type { FaultName } from '../faults.ts'
import type { Line } from '../lines/line.ts'
import type { Mend } from './failing-wire.ts'

/** How long a slow line takes each way, in milliseconds. */
export const slowMs = 200

/** Whether it is what is between two sides that fails, and not a process. */
export function isLineFault(fault: FaultName): boolean {
  return fault === 'half-open' || fault === 'one-way' || fault === 'slow'
}

/** Has a line between two sides fail, whose connections stay open. Undefined for a fault that is none of a line. */
export function strikeLine({ there, back }: Line, fault: FaultName): Mend | undefined {
  const both = [there, back]
  switch (fault) {
    case 'half-open':
      for (const direction of both) direction.hold()
      return async () => {
        for (const direction of both) direction.release()
      }
    case 'one-way':
      back.hold()
      return async () => back.release()
    case 'slow':
      for (const direction of both) direction.delayMs = slowMs
      return async () => {
        for (const direction of both) direction.delayMs = 0
      }
    default:
      return undefined
  }
}
