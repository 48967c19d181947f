import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { type Settlement, SettleOnce } from './settle-once.ts'

function delivery() {
  const settled: Settlement[] = []
  const made = new SettleOnce(makeFrame(), 3, { settle: (_delivery, settlement) => settled.push(settlement) })
  return { made, settled }
}

describe('a delivery', () => {
  it('carries its frame and its attempt, and is unsettled at first', () => {
    const { made } = delivery()
    expect(made.attempt).toBe(3)
    expect(made.frame.header.type).toBe('order.placed')
    expect(made.settled).toBe(false)
  })

  it('passes on what it was settled by', () => {
    const { made, settled } = delivery()
    made.reject({ code: 'SM_X', message: 'no' })
    expect(settled).toEqual([{ kind: 'reject', reason: { code: 'SM_X', message: 'no' } }])
    expect(made.settled).toBe(true)
  })

  it('settles once: the first call wins', () => {
    const { made, settled } = delivery()
    made.nack({ delayMs: 50 })
    made.ack()
    made.reject({ code: 'SM_X', message: 'no' })
    made.nack()
    expect(settled).toEqual([{ kind: 'nack', delayMs: 50 }])
  })

  it('may settle itself again from within its own settlement, to no effect', () => {
    const settled: string[] = []
    const made: SettleOnce = new SettleOnce(makeFrame(), 1, {
      settle: (_delivery, { kind }) => {
        settled.push(kind)
        made.nack()
      },
    })
    made.ack()
    expect(settled).toEqual(['ack'])
  })

  it.each([undefined, {}, { delayMs: 0 }])('nacked with %j comes back at once', options => {
    const { made, settled } = delivery()
    made.nack(options)
    expect(settled).toEqual([{ kind: 'nack', delayMs: 0 }])
  })

  it('that was taken back can no longer be settled', () => {
    const { made, settled } = delivery()
    expect(made.revoke()).toBe(true)
    made.ack()
    expect(settled).toEqual([])
    expect(made.settled).toBe(true)
  })

  it('that was settled cannot be taken back', () => {
    const { made } = delivery()
    made.ack()
    expect(made.revoke()).toBe(false)
  })
})
