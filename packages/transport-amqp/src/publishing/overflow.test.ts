import { PendingPublish } from '@sm/brokered'
import { createVirtualClock } from '@sm/core/testing'
import { type Address, createSeededRandom, type TransportReceipt } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { frameFor } from '../../../../tooling/test/transport-world.ts'
import { Overflow } from './overflow.ts'
import { PublishAttempt } from './publish-attempt.ts'

const ignore = () => undefined

const topic: Address = { kind: 'topic', topic: 'order.placed' }

/** An overflow whose broker has room for so many. */
function made(address = topic) {
  const clock = createVirtualClock()
  const sent: number[] = []
  const asked: number[] = []
  let room = 0
  let numbers = 0
  const overflow: Overflow = new Overflow({
    clock,
    random: createSeededRandom(1),
    patienceMs: 1_000,
    probe: async () => {
      asked.push(clock.elapsed())
      return room > 0
    },
    send: attempt => void queueMicrotask(() => answer(attempt)),
  })
  const answer = (attempt: PublishAttempt) => {
    sent.push(attempt.order)
    if (room > 0) {
      room -= 1
      overflow.accepted(attempt)
      attempt.taken({ evidence: 'persisted' })
    } else overflow.refused(attempt)
  }
  const attempt = () => {
    const host = { taken: ignore, failed: ignore, waits: ignore, overdue: ignore, aborted: ignore }
    const pending = new PendingPublish(frameFor(address, numbers), address, undefined, host)
    pending.handed()
    let taken!: (receipt: TransportReceipt) => void
    let failed!: (error: unknown) => void
    const promise = new Promise<TransportReceipt>((resolve, reject) => {
      taken = resolve
      failed = reject
    })
    promise.catch(ignore)
    const made = new PublishAttempt(pending, undefined, { taken, failed })
    made.order = ++numbers
    return Object.assign(made, { promise })
  }
  const setRoom = (count: number) => {
    room = count
  }
  return { overflow, clock, sent, asked, attempt, setRoom }
}

describe('what finds no room', () => {
  it('is not sent again before there is room, and then in order, with what came later behind it', async () => {
    const { overflow, clock, sent, asked, attempt, setRoom } = made()
    const [first, second, third] = [attempt(), attempt(), attempt()]
    overflow.refused(second)
    overflow.refused(first)
    expect(overflow.holds(third)).toBe(true)
    await clock.advance(300)
    expect(sent).toEqual([])
    expect(asked.length).toBeGreaterThan(2)
    setRoom(10)
    await clock.advance(600)
    await Promise.all([first.promise, second.promise, third.promise])
    expect(sent).toEqual([1, 2, 3])
    expect(overflow.size).toBe(0)
    expect(overflow.holds(attempt())).toBe(false)
  })

  it('is refused in the end, and says whether it can have arrived', async () => {
    const { overflow, clock, attempt } = made()
    const [sent, unsent] = [attempt(), attempt()]
    sent.pending?.written()
    overflow.refused(sent)
    overflow.holds(unsent)
    await clock.advance(2_000)
    await expect(sent.promise).rejects.toMatchObject({ code: 'SM_BROKER_FULL', details: { outcome: 'unknown' } })
    await expect(unsent.promise).rejects.toMatchObject({ code: 'SM_BROKER_FULL', details: { outcome: 'failed' } })
    expect(overflow.size).toBe(0)
  })

  it('is not asked about when it goes to an inbox, which has one queue', async () => {
    const { overflow, clock, sent, asked, attempt, setRoom } = made({ kind: 'inbox', agent: 'billing' })
    const mail = attempt()
    overflow.refused(mail)
    await clock.advance(100)
    expect(sent.length).toBeGreaterThan(1)
    setRoom(1)
    await clock.advance(600)
    await mail.promise
    expect(asked).toEqual([])
  })

  it('is handed out when the connection is lost', () => {
    const { overflow, attempt } = made()
    const [first, second] = [attempt(), attempt()]
    overflow.refused(first)
    overflow.holds(second)
    expect(overflow.clear()).toEqual([first, second])
    expect(overflow.size).toBe(0)
  })
})
