import type { History } from './history.ts'

/** Whether no fault, nor what is left of one, can have had a part in what happened between two moments. */
export function isCalm({ faults, recoveryMs }: History, from: number, to: number): boolean {
  return faults.every(({ at, endsAt }) => at > to || endsAt + recoveryMs < from)
}
