import { describe, expect, it } from 'vitest'
import { faultOf, handlingOf, historyOf, publishOf } from '../../test/histories.ts'
import { keyOrder } from './key-order.ts'

const publishes = [publishOf({ key: 'k' }), publishOf({ number: 2, at: 105, key: 'k' })]
const one = handlingOf({ key: 'k' })
const two = handlingOf({ key: 'k', id: 'M2', publish: 2, at: 140, endedAt: 150 })
const brokenBy = (handlings: readonly (typeof one)[], faults = [] as ReturnType<typeof faultOf>[]) =>
  keyOrder(historyOf({ publishes, handlings, faults })).map(({ what }) => what)

describe('the order of a key', () => {
  it('is broken by two that are handled at once', () => {
    expect(brokenBy([one, { ...two, at: 125 }])).toEqual([
      'Two messages of the key k were handled at once by billing billing order.placed',
    ])
  })

  it('is broken by one that was published later and is handled first', () => {
    const early = { ...two, at: 120, endedAt: 125 }
    const late = { ...one, at: 130, endedAt: 135 }
    expect(brokenBy([early, late])).toEqual(['#2 and #1 of the key k were handled in the wrong order'])
    expect(brokenBy([early, late], [faultOf(110, 115)])).toEqual([])
    expect(brokenBy([early, { ...late, attempt: 2 }])).toEqual([])
    expect(brokenBy([early, { ...late, transport: 'lan' }])).toEqual([])
  })

  it('is kept by one after the other, and says nothing of other keys and processes', () => {
    expect(brokenBy([one, two])).toEqual([])
    expect(brokenBy([one, { ...two, at: 125, key: 'l' }])).toEqual([])
    expect(brokenBy([one, { ...two, at: 125, instance: 'BILL2' }])).toEqual([])
  })
})
