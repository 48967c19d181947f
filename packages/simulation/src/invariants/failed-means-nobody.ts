import { handlingLine, publishLine } from '../history/lines.ts'
import type { Invariant } from './violation.ts'

/** A publish whose outcome is `failed` has reached no one: who publishes again after it repeats nothing. */
export const failedMeansNobody: Invariant = ({ publishes, handlings }) => {
  const byPublish = Map.groupBy(handlings, ({ publish }) => publish)
  return publishes.flatMap(record => {
    const tries = record.outcome === 'failed' ? (byPublish.get(record.number) ?? []) : []
    if (tries.length === 0) return []
    const what = `Publish #${record.number} is said to have failed, and was handled`
    return [{ rule: 'failed-means-nobody', what, lines: [publishLine(record), ...tries.map(handlingLine)] }]
  })
}
