import { describe, expect, it } from 'vitest'
import { DeliveryCounts } from './delivery-counts.ts'

/** The subject to which the end of a delivery is told. */
const token = (attempt: number, sequence: number, delivery = sequence) =>
  `$JS.ACK.work.billing.${attempt}.${sequence}.${delivery}.1796047732868625845.0`

function setUp(delivered: number) {
  const counts = new DeliveryCounts()
  counts.begin(delivered)
  const attempt = (of: string) => {
    counts.arrived(of)
    return counts.attemptOf(of)
  }
  return { counts, attempt }
}

describe('a delivery', () => {
  it('beyond all others is the first, and others are what the server says', () => {
    const { attempt } = setUp(0)
    expect([token(1, 1), token(1, 2), token(2, 1, 3), token(1, 9, 4), token(3, 1, 5)].map(attempt)).toEqual([
      1, 1, 2, 1, 3,
    ])
  })

  it('is not the first of a frame that this member was handed before, or another before it came', () => {
    const { attempt } = setUp(4)
    expect([token(1, 4, 5), token(1, 5, 6), token(1, 5, 7), token(1, 6, 8)].map(attempt)).toEqual([2, 1, 2, 1])
  })

  it('stays what it was found to be, and of many only the last are remembered', () => {
    const { counts, attempt } = setUp(1)
    const first = token(1, 1, 2)
    expect([attempt(first), counts.attemptOf(first)]).toEqual([2, 2])
    for (let delivery = 3; delivery < 1_003; delivery++) expect(attempt(token(1, 1, delivery))).toBe(2)
    expect([counts.attemptOf(first), counts.attemptOf(token(1, 1, 1_002))]).toEqual([1, 2])
  })

  it('of a stream that was made anew is judged anew', () => {
    const { counts, attempt } = setUp(100)
    counts.begin(0)
    expect(attempt(token(1, 1))).toBe(1)
  })
})
