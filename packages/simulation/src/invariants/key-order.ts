import type { HandlingRecord, History } from '../history/history.ts'
import { isCalm } from '../history/is-calm.ts'
import { handlingLine } from '../history/lines.ts'
import type { Invariant, Violation } from './violation.ts'

/** Two tries of one handler for one key that ran at once in one process. */
function overlapping(tries: readonly HandlingRecord[]): Violation[] {
  return tries.slice(1).flatMap((later, i) => {
    const earlier = tries[i] as HandlingRecord
    if (earlier.endedAt !== undefined && earlier.endedAt <= later.at) return []
    const what = `Two messages of the key ${later.key} were handled at once by ${later.handler}`
    return [{ rule: 'key-order', what, lines: [earlier, later].map(handlingLine) }]
  })
}

/** Messages of one sender that came over one wire, without a fault, in another order than that of their publishing. */
function disordered(history: History, tries: readonly HandlingRecord[]): Violation[] {
  // One that failed has lost its place, also the copy of it that came over another wire.
  const failed = new Set(tries.filter(({ outcome }) => outcome === 'failed').map(({ publish }) => publish))
  const byWay = Map.groupBy(
    tries.filter(({ attempt, publish }) => attempt === 1 && publish > 0 && !failed.has(publish)),
    ({ publish, transport }) => `${history.publishes[publish - 1]?.instance} ${transport}`,
  )
  return [...byWay.values()].flatMap(sent =>
    sent.slice(1).flatMap((later, i) => {
      const earlier = sent[i] as HandlingRecord
      const since = history.publishes[later.publish - 1]?.at ?? 0
      if (earlier.publish <= later.publish || !isCalm(history, since, later.at)) return []
      const what = `#${earlier.publish} and #${later.publish} of the key ${later.key} were handled in the wrong order`
      return [{ rule: 'key-order', what, lines: [earlier, later].map(handlingLine) }]
    }),
  )
}

/**
 * Messages of one key are handled one after the other in a process, and, without faults, in the order in which their sender
 * published them over a wire. A message that is tried again may come after later ones.
 */
export const keyOrder: Invariant = history => {
  const keyed = history.handlings.filter(({ key }) => key !== undefined)
  const byKey = Map.groupBy(keyed, ({ instance, handler, key }) => `${instance} ${handler} ${key}`)
  return [...byKey.values()].flatMap(tries => [...overlapping(tries), ...disordered(history, tries)])
}
