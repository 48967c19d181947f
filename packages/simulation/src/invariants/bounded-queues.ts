import type { Invariant } from './violation.ts'

/** Most things that may wait in one place while there are faults. */
const maxWaiting = 10_000

/** No queue grows without a bound, and each is empty once the faults are over and everything has been handled. */
export const boundedQueues: Invariant = ({ gauges }) =>
  gauges.flatMap(({ owner, name, peak, last }) => {
    const what =
      peak > maxWaiting
        ? `${peak} waited in ${name} of ${owner}, and ${maxWaiting} are the most`
        : last > 0
          ? `${last} still wait in ${name} of ${owner} at the end`
          : undefined
    return what === undefined ? [] : [{ rule: 'bounded-queues', what, lines: [] }]
  })
