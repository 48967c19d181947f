import { expect, it } from 'vitest'
import { handlingOf, historyOf, processOf } from '../../test/histories.ts'
import { nothingTwice } from './nothing-twice.ts'

const first = handlingOf()
const again = handlingOf({ at: 300, endedAt: 310, attempt: 2 })
const brokenBy = (...handlings: Parameters<typeof historyOf>[0]['handlings'] & object) =>
  nothingTwice(historyOf({ handlings, processes: [processOf()] })).map(({ what }) => what)

it('a message that a handler has finished comes again', () => {
  expect(brokenBy(first, again)).toEqual(['#1 was handled twice by billing billing order.placed'])
})

it('two copies are handled at once', () => {
  expect(brokenBy(handlingOf({ outcome: 'failed', endedAt: 400 }), again)).toHaveLength(1)
  expect(brokenBy({ ...first, endedAt: undefined as never, outcome: undefined as never }, again)).toHaveLength(1)
})

it('is kept where the first try has failed, where another handler got it, and where the stores are not the same', () => {
  expect(brokenBy(handlingOf({ outcome: 'failed' }), again)).toEqual([])
  expect(brokenBy(first, { ...again, handler: 'mail' })).toEqual([])
  expect(brokenBy(first, { ...again, store: 'two' })).toEqual([])
})

it('is kept where the process of the first try died in the middle of it', () => {
  const { endedAt: _, outcome: __, ...open } = first
  const processes = [processOf({ end: 'crashed', endedAt: 200 })]
  expect(nothingTwice(historyOf({ handlings: [open, { ...again, instance: 'BILL2' }], processes }))).toEqual([])
})
