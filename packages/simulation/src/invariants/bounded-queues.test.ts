import { expect, it } from 'vitest'
import { historyOf } from '../../test/histories.ts'
import { boundedQueues } from './bounded-queues.ts'

const brokenBy = (peak: number, last: number) =>
  boundedQueues(historyOf({ gauges: [{ owner: 'the wire bus', name: 'queued', peak, last }] })).map(({ what }) => what)

it('a queue grows without a bound', () => {
  expect(brokenBy(10_001, 0)).toEqual(['10001 waited in queued of the wire bus, and 10000 are the most'])
})

it('a queue is not empty at the end', () => {
  expect(brokenBy(3, 2)).toEqual(['2 still wait in queued of the wire bus at the end'])
})

it('is kept by one that has emptied', () => {
  expect(brokenBy(10_000, 0)).toEqual([])
})
