import { handlingLine, publishLine } from '../history/lines.ts'
import type { Invariant } from './violation.ts'

/**
 * A message to one of several instances comes over one wire: it moves to another only where it has surely not left, since the
 * instance that gets it there may not be the one that has it. Messages to one instance may move, and so may types that bear repeats.
 */
export const oneWire: Invariant = ({ publishes, handlings }) => {
  const tries = Map.groupBy(handlings, ({ publish }) => publish)
  return publishes.flatMap(record => {
    const { number, to, mayRepeat } = record
    if (to === undefined || to.includes('/') || mayRepeat) return []
    const begun = tries.get(number) ?? []
    const wires = [...new Set(begun.map(({ transport }) => transport))]
    if (wires.length < 2) return []
    const what = `#${number} to ${to} came over ${wires.join(' and ')}`
    return [{ rule: 'one-wire', what, lines: [publishLine(record), ...begun.map(handlingLine)] }]
  })
}
