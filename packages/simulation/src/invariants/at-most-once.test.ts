import { expect, it } from 'vitest'
import { handlingOf, historyOf, publishOf } from '../../test/histories.ts'
import { atMostOnce } from './at-most-once.ts'

const publishes = [publishOf({ delivery: 'at-most-once', evidence: 'sent' })]
const once = handlingOf({ delivery: 'at-most-once' })

it('what is sent at most once comes to a second member', () => {
  const handlings = [once, { ...once, instance: 'BILL2', store: 'two' }]
  expect(atMostOnce(historyOf({ publishes, handlings })).map(({ what }) => what)).toEqual([
    '#1 was sent at most once, and billing billing order.placed got it 2 times',
  ])
})

it('is kept where it comes once to each group, or not at all', () => {
  expect(atMostOnce(historyOf({ publishes, handlings: [once, { ...once, handler: 'mail' }] }))).toEqual([])
  expect(atMostOnce(historyOf({ publishes }))).toEqual([])
})
