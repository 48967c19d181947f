import { handlingLine } from '../history/lines.ts'
import type { Invariant } from './violation.ts'

/** What is sent at most once, over one wire, begins at most one try in each group, whatever becomes of it. */
export const atMostOnce: Invariant = history => {
  const sent = history.handlings.filter(({ delivery, publish }) => {
    const wires = history.publishes[publish - 1]?.transports
    return delivery === 'at-most-once' && wires?.length === 1
  })
  const byMessage = Map.groupBy(sent, ({ handler, publish }) => `${publish} ${handler}`)
  return [...byMessage.values()].flatMap(tries => {
    if (tries.length < 2) return []
    const { publish, handler } = tries[0] as (typeof tries)[0]
    const what = `#${publish} was sent at most once, and ${handler} got it ${tries.length} times`
    return [{ rule: 'at-most-once', what, lines: tries.map(handlingLine) }]
  })
}
