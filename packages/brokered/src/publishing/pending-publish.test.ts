import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { PendingPublish } from './pending-publish.ts'

const ignore = () => undefined

function made() {
  return new PendingPublish(makeFrame('a'), { kind: 'topic', topic: 'order.placed' }, undefined, {
    taken: ignore,
    failed: ignore,
    waits: ignore,
    overdue: ignore,
    aborted: ignore,
  })
}

describe('a publish under way', () => {
  it('may have arrived from the moment at which it is written, until the broker says that it did not take it', () => {
    const pending = made()
    pending.handed()
    expect(pending.mayHaveArrived).toBe(false)
    pending.written()
    expect(pending.mayHaveArrived).toBe(true)
    pending.notTaken()
    expect(pending.mayHaveArrived).toBe(false)
  })

  it('may have arrived by an earlier try, whatever the broker says of a later one', () => {
    const pending = made()
    pending.handed()
    pending.written()
    pending.lost()
    pending.handed()
    expect(pending.isRepeated).toBe(true)
    pending.written()
    pending.notTaken()
    expect(pending.mayHaveArrived).toBe(true)
  })

  it('is not repeated when it was lost before it was written', () => {
    const pending = made()
    pending.handed()
    pending.lost()
    expect(pending.isRepeated).toBe(false)
  })

  it('waits for room until it is handed over again', () => {
    const pending = made()
    pending.handed()
    pending.awaitsRoom()
    expect(pending.isHeldBack).toBe(true)
    pending.lost()
    pending.handed()
    expect(pending.isHeldBack).toBe(false)
  })

  it.each([
    ['written', (pending: PendingPublish) => pending.written()],
    ['not taken', (pending: PendingPublish) => pending.notTaken()],
    ['held back', (pending: PendingPublish) => pending.awaitsRoom()],
    ['lost', (pending: PendingPublish) => pending.lost()],
  ])('cannot be %s while the outbox has it', (next, act) => {
    expect(() => act(made())).toThrow(`The publish of a is waiting and cannot be ${next}`)
  })

  it('cannot be handed over twice', () => {
    const pending = made()
    pending.handed()
    expect(() => pending.handed()).toThrow('is handed and cannot be handed over')
  })

  it('has an end after which the driver says nothing any more', async () => {
    const pending = made()
    pending.handed()
    pending.reject(new Error('given up'))
    expect(pending.isEnded).toBe(true)
    pending.written()
    pending.notTaken()
    pending.awaitsRoom()
    expect([pending.mayHaveArrived, pending.isHeldBack]).toEqual([false, false])
    await expect(pending.outcome).rejects.toThrow('given up')
  })
})
