import { isCalm } from '../history/is-calm.ts'
import { handlingLine, publishLine } from '../history/lines.ts'
import type { Invariant } from './violation.ts'

/**
 * Without faults one member of a group gets each message, once: another try comes only after one that failed. Where a broadcast
 * goes over several wires, each picks a member, and only a store that all share can tell.
 */
export const noRepeatWhenCalm: Invariant = history => {
  const byMessage = Map.groupBy(history.handlings, ({ handler, publish }) => `${publish} ${handler}`)
  return [...byMessage.values()].flatMap(tries => {
    const first = tries[0] as (typeof tries)[0]
    const publish = history.publishes[first.publish - 1]
    if (tries.length < 2 || !publish || publish.transports?.length !== 1) return []
    const last = tries.at(-1) as (typeof tries)[0]
    if (!isCalm(history, publish.at, last.at)) return []
    const isRepeated = tries.some((later, i) =>
      tries.slice(0, i).some(({ outcome, endedAt = later.at }) => outcome !== 'failed' || endedAt > later.at),
    )
    if (!isRepeated) return []
    const what = `#${publish.number} went to ${first.handler} more than once without any fault`
    return [{ rule: 'no-repeat-when-calm', what, lines: [publishLine(publish), ...tries.map(handlingLine)] }]
  })
}
