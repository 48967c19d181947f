import { handlingLine } from '../history/lines.ts'
import type { Invariant } from './violation.ts'

/**
 * Nothing is handled twice where the rules promise it: a handler that has finished a message does not get it again, nor two
 * copies of it at once, in a process and among those that share a deduplication store.
 */
export const nothingTwice: Invariant = history => {
  const atLeastOnce = history.handlings.filter(({ delivery }) => delivery === 'at-least-once')
  const byMessage = Map.groupBy(atLeastOnce, ({ store, handler, id }) => `${store} ${handler} ${id}`)
  const ends = new Map(history.processes.map(({ instance, endedAt }) => [instance, endedAt]))
  return [...byMessage.values()].flatMap(tries => {
    const isRepeated = tries.some((later, i) =>
      tries.slice(0, i).some(earlier => {
        if (earlier.outcome === 'done') return true
        // A try that its process did not finish is over when the process is.
        const overAt = earlier.endedAt ?? ends.get(earlier.instance) ?? Number.POSITIVE_INFINITY
        return overAt > later.at
      }),
    )
    if (!isRepeated) return []
    const { publish, handler } = tries[0] as (typeof tries)[0]
    return [
      { rule: 'nothing-twice', what: `#${publish} was handled twice by ${handler}`, lines: tries.map(handlingLine) },
    ]
  })
}
