import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { type Settlement, SettleOnce } from './settle-once.ts'
import { UnsettledDeliveries } from './unsettled-deliveries.ts'

describe('unsettled deliveries', () => {
  it('hold what was added and not removed, in whatever order it is removed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 60 }), steps => {
        const unsettled = new UnsettledDeliveries<SettleOnce>()
        const expected = new Set<SettleOnce>()
        for (const step of steps) {
          const removed = [...expected][step]
          if (removed) {
            unsettled.remove(removed)
            expected.delete(removed)
          } else {
            const added = new SettleOnce(makeFrame(), 1, { settle: () => undefined })
            unsettled.add(added)
            expected.add(added)
          }
          expect(unsettled.size).toBe(expected.size)
        }
        expect(new Set(unsettled.takeAll())).toEqual(expected)
        expect(unsettled.size).toBe(0)
      }),
    )
  })

  it('take back all that is not settled: settling it later does nothing', () => {
    const unsettled = new UnsettledDeliveries<SettleOnce>()
    const settlements: Settlement[] = []
    const settle = (_: unknown, settlement: Settlement) => settlements.push(settlement)
    const [first, second] = [new SettleOnce(makeFrame(), 1, { settle }), new SettleOnce(makeFrame(), 1, { settle })]
    unsettled.add(first)
    unsettled.add(second)
    first.ack()
    expect(unsettled.revokeAll()).toEqual([second])
    second.ack()
    expect(settlements).toEqual([{ kind: 'ack' }])
  })
})
