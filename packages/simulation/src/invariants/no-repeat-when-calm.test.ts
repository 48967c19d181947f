import { expect, it } from 'vitest'
import { faultOf, handlingOf, historyOf, publishOf } from '../../test/histories.ts'
import { noRepeatWhenCalm } from './no-repeat-when-calm.ts'

const publishes = [publishOf()]
const other = handlingOf({ instance: 'BILL2', store: 'two', at: 125, endedAt: 140 })
const handlings = [handlingOf(), other]

it('two members of a group get a message without any fault', () => {
  expect(noRepeatWhenCalm(historyOf({ publishes, handlings })).map(({ what }) => what)).toEqual([
    '#1 went to billing billing order.placed more than once without any fault',
  ])
})

it('is kept where a fault or what is left of one may be why', () => {
  expect(noRepeatWhenCalm(historyOf({ publishes, handlings, faults: [faultOf(122, 123)] }))).toEqual([])
  expect(noRepeatWhenCalm(historyOf({ publishes, handlings, faults: [faultOf(0, 50)] }))).toEqual([])
  expect(noRepeatWhenCalm(historyOf({ publishes, handlings, faults: [faultOf(9_000, 9_500)] }))).toHaveLength(1)
})

it('is kept where the first try has failed, and where each of several wires chose a member', () => {
  const failed = handlingOf({ outcome: 'failed' })
  expect(noRepeatWhenCalm(historyOf({ publishes, handlings: [failed, { ...other, at: 140 }] }))).toEqual([])
  const over = [publishOf({ transports: ['bus', 'lan'] })]
  expect(noRepeatWhenCalm(historyOf({ publishes: over, handlings }))).toEqual([])
})
