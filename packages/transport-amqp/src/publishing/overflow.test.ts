import type { Publication } from '@sm/brokered'
import { createVirtualClock } from '@sm/core/testing'
import { type Address, createSeededRandom } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { Overflow } from './overflow.ts'
import { PendingPublish } from './pending-publish.ts'

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
    send: pending => void queueMicrotask(() => answer(pending)),
  })
  const answer = (pending: PendingPublish) => {
    sent.push(pending.order)
    if (room > 0) {
      room -= 1
      overflow.accepted(pending)
      pending.resolve({ evidence: 'persisted' })
    } else overflow.refused(pending)
  }
  const pending = () => {
    const publication = { address, sent: false, abandoned: false } as Publication
    const made = new PendingPublish(publication, undefined)
    made.order = ++numbers
    made.promise.catch(() => undefined)
    return made
  }
  const setRoom = (count: number) => {
    room = count
  }
  return { overflow, clock, sent, asked, pending, setRoom }
}

describe('what finds no room', () => {
  it('is not sent again before there is room, and then in order, with what came later behind it', async () => {
    const { overflow, clock, sent, asked, pending, setRoom } = made()
    const [first, second, third] = [pending(), pending(), pending()]
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
    expect(overflow.holds(pending())).toBe(false)
  })

  it('is refused in the end, and says whether it can have arrived', async () => {
    const { overflow, clock, pending } = made()
    const [sent, unsent] = [pending(), pending()]
    ;(sent.publication as Publication).sent = true
    overflow.refused(sent)
    overflow.holds(unsent)
    await clock.advance(2_000)
    await expect(sent.promise).rejects.toMatchObject({ code: 'SM_BROKER_FULL', details: { outcome: 'unknown' } })
    await expect(unsent.promise).rejects.toMatchObject({ code: 'SM_BROKER_FULL', details: { outcome: 'failed' } })
    expect(overflow.size).toBe(0)
  })

  it('is not asked about when it goes to an inbox, which has one queue', async () => {
    const { overflow, clock, sent, asked, pending, setRoom } = made({ kind: 'inbox', agent: 'billing' })
    const mail = pending()
    overflow.refused(mail)
    await clock.advance(100)
    expect(sent.length).toBeGreaterThan(1)
    setRoom(1)
    await clock.advance(600)
    await mail.promise
    expect(asked).toEqual([])
  })

  it('is handed out when the connection is lost', () => {
    const { overflow, pending } = made()
    const [first, second] = [pending(), pending()]
    overflow.refused(first)
    overflow.holds(second)
    expect(overflow.clear()).toEqual([first, second])
    expect(overflow.size).toBe(0)
  })
})
