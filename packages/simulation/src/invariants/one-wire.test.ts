import { expect, it } from 'vitest'
import { handlingOf, historyOf, publishOf } from '../../test/histories.ts'
import { oneWire } from './one-wire.ts'

const handlings = [handlingOf(), handlingOf({ instance: 'BILL2', store: 'two', transport: 'lan' })]
const brokenBy = (given: Parameters<typeof publishOf>[0]) =>
  oneWire(historyOf({ publishes: [publishOf(given)], handlings })).map(({ what }) => what)

it('a message to one of several instances comes over two wires', () => {
  expect(brokenBy({})).toEqual(['#1 to billing came over bus and lan'])
})

it('is kept by a broadcast, by a message to one instance, and by a type that bears repeats', () => {
  for (const given of [{ to: undefined }, { to: 'billing/BILL1' }, { mayRepeat: true }])
    expect(brokenBy(given)).toEqual([])
})
