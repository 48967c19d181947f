import { type Address, createVirtualClock, smError, type TransportReceipt } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { brokerError } from '../errors.ts'
import { Outbox } from './outbox.ts'
import type { PendingPublish } from './pending-publish.ts'

const address: Address = { kind: 'topic', topic: 'order.placed' }
const lost = () => brokerError('SM_BROKER_LOST', 'The connection is gone', { details: { outcome: 'unknown' } })
const taken: TransportReceipt = { evidence: 'accepted' }

/** A publish as the broker has it, to be answered by the test. */
interface Handed {
  readonly pending: PendingPublish
  readonly repeated: boolean
  answer(receipt: TransportReceipt): void
  refuse(error: unknown): void
}

function makeOutbox(maxInFlight = 2) {
  const clock = createVirtualClock()
  const handed: Handed[] = []
  const outbox = new Outbox({
    transport: 'test',
    clock,
    settings: { maxInFlight, publishTimeoutMs: 1_000 },
    hand: pending => {
      pending.written()
      const answer = (receipt: TransportReceipt) => pending.taken(receipt)
      const refuse = (error: unknown) => pending.failed(error)
      handed.push({ pending, repeated: pending.isRepeated, answer, refuse })
    },
  })
  const publish = (id: string, options?: { signal?: AbortSignal; delivery?: 'at-most-once' }) => {
    const promise = Promise.resolve(outbox.publish(makeFrame(id, options?.delivery), address, options))
    promise.catch(() => undefined)
    return promise
  }
  const ids = () => handed.map(({ pending }) => pending.frame.header.id)
  return { clock, outbox, handed, publish, ids }
}

/** An outbox whose broker is there, over a driver that does this. */
function made(hand: (pending: PendingPublish) => void): Outbox {
  const settings = { maxInFlight: 2, publishTimeoutMs: 1_000 }
  const outbox = new Outbox({ transport: 'test', clock: createVirtualClock(), settings, hand })
  outbox.up()
  return outbox
}

/** Lets promises that have settled be heard. */
const turn = () => new Promise(resolve => setImmediate(resolve))

describe('an outbox', () => {
  it('has no more publishes at the broker than are allowed, and keeps their order', async () => {
    const { outbox, handed, publish, ids } = makeOutbox()
    outbox.up()
    const all = ['a', 'b', 'c'].map(id => publish(id))
    expect(ids()).toEqual(['a', 'b'])
    expect(outbox.waiting).toBe(1)
    handed[1]?.answer(taken)
    await expect(all[1]).resolves.toEqual(taken)
    await turn()
    expect(ids()).toEqual(['a', 'b', 'c'])
  })

  it('repeats what a lost connection left open, in order and ahead of what came later', async () => {
    const { outbox, handed, publish, ids } = makeOutbox()
    outbox.up()
    const all = ['a', 'b', 'c'].map(id => publish(id))
    outbox.down()
    for (const { refuse } of [...handed]) refuse(lost())
    await turn()
    expect(ids()).toEqual(['a', 'b'])
    const late = publish('d')
    outbox.up()
    expect(ids().slice(2)).toEqual(['a', 'b'])
    expect(handed[2]?.repeated).toBe(true)
    for (const { answer } of handed.slice(2)) answer(taken)
    await turn()
    expect(ids().slice(4)).toEqual(['c', 'd'])
    expect(handed[4]?.repeated).toBe(false)
    for (const { answer } of handed.slice(4)) answer(taken)
    await expect(Promise.all([...all, late])).resolves.toHaveLength(4)
  })

  it('does not repeat what is sent at most once, and refuses it while the broker is away', async () => {
    const { outbox, handed, publish } = makeOutbox(1)
    outbox.up()
    const sent = publish('a', { delivery: 'at-most-once' })
    const waiting = publish('b', { delivery: 'at-most-once' })
    outbox.down()
    handed[0]?.refuse(lost())
    await expect(sent).rejects.toMatchObject({ code: 'SM_BROKER_LOST', details: { outcome: 'unknown' } })
    await expect(waiting).rejects.toMatchObject({ code: 'SM_BROKER_DOWN', details: { outcome: 'failed' } })
    const late = publish('c', { delivery: 'at-most-once' })
    await expect(late).rejects.toMatchObject({ code: 'SM_BROKER_DOWN', details: { outcome: 'failed' } })
    expect(handed).toHaveLength(1)
  })

  it('ends a publish at its deadline: failed when it never left, unknown when it did', async () => {
    const { clock, outbox, publish } = makeOutbox(1)
    outbox.up()
    const sent = publish('a')
    const waiting = publish('b')
    await clock.advance(2_000)
    await expect(sent).rejects.toMatchObject({ code: 'SM_BROKER_TIMEOUT', details: { outcome: 'unknown' } })
    await expect(waiting).rejects.toMatchObject({ code: 'SM_BROKER_TIMEOUT', details: { outcome: 'failed' } })
    expect(outbox.waiting).toBe(0)
  })

  it('says that the broker has no room where that is why', async () => {
    const { clock, outbox, handed, publish } = makeOutbox()
    outbox.up()
    const sent = publish('a')
    const held = handed[0] as Handed
    held.pending.notTaken()
    held.pending.awaitsRoom()
    await clock.advance(2_000)
    await expect(sent).rejects.toMatchObject({ code: 'SM_BROKER_FULL', details: { outcome: 'failed' } })
  })

  it('lets one that has to wait from the beginning wait as long as any', async () => {
    const { clock, outbox, publish, ids } = makeOutbox(1)
    outbox.up()
    publish('a')
    const waiting = publish('b')
    let ended = false
    const end = () => {
      ended = true
    }
    waiting.then(end, end)
    await clock.advance(900)
    await turn()
    expect(ended).toBe(false)
    outbox.down()
    await clock.advance(200)
    await expect(waiting).rejects.toMatchObject({ code: 'SM_BROKER_TIMEOUT', details: { outcome: 'failed' } })
    expect(ids()).toEqual(['a'])
  })

  it('ends a publish with the reason of its signal, and has the driver drop it', async () => {
    const { clock, outbox, handed, publish } = makeOutbox(1)
    outbox.up()
    const giveUp = new AbortController()
    const both = [publish('a', giveUp), publish('b', giveUp)]
    await clock.advance(100)
    const reason = new Error('waited long enough')
    giveUp.abort(reason)
    for (const promise of both) await expect(promise).rejects.toBe(reason)
    expect(handed[0]?.pending.isEnded).toBe(true)
    expect(outbox.waiting).toBe(0)
  })

  it('says unknown of one whose publisher gives up once it was written, and failed of one that never left', async () => {
    const { outbox, publish, clock } = makeOutbox(1)
    outbox.up()
    const giveUp = new AbortController()
    const [written, waiting] = [publish('a', giveUp), publish('b', giveUp)]
    await clock.advance(100)
    giveUp.abort(smError('SM_PUBLISH_TIMEOUT', 'No room in time', { details: { outcome: 'failed' } }))
    await expect(written).rejects.toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'unknown' } })
    await expect(waiting).rejects.toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'failed' } })
  })

  it('says unknown of one whose publisher gives up while it waits to be repeated', async () => {
    const { outbox, handed, publish, clock } = makeOutbox()
    outbox.up()
    const giveUp = new AbortController()
    const promise = publish('a', giveUp)
    outbox.down()
    handed[0]?.refuse(lost())
    await clock.advance(100)
    giveUp.abort(smError('SM_PUBLISH_TIMEOUT', 'No wire in time', { details: { outcome: 'failed' } }))
    await expect(promise).rejects.toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'unknown' } })
  })

  it('tells the truth about a repeated publish that the broker refuses', async () => {
    const { outbox, handed, publish } = makeOutbox()
    outbox.up()
    const promise = publish('a')
    outbox.down()
    handed[0]?.refuse(lost())
    await turn()
    outbox.up()
    handed[1]?.refuse(brokerError('SM_BROKER_FULL', 'No room', { details: { outcome: 'failed' } }))
    await expect(promise).rejects.toMatchObject({ code: 'SM_BROKER_FULL', details: { outcome: 'unknown' } })
  })

  it('has the receipt of a publish that the driver ends within the call, without a promise', () => {
    const outbox = made(pending => pending.taken(taken))
    expect(outbox.publish(makeFrame('a'), address, undefined)).toBe(taken)
    expect(outbox.inFlight).toBe(0)
  })

  it('takes what the driver throws for a failure', async () => {
    const outbox = made(() => {
      throw brokerError('SM_BROKER_FULL', 'No room')
    })
    await expect(outbox.publish(makeFrame('a'), address, undefined)).rejects.toMatchObject({ code: 'SM_BROKER_FULL' })
    expect(outbox.inFlight).toBe(0)
  })

  it('takes the first answer of the driver, and counts it once', async () => {
    const { outbox, handed, publish } = makeOutbox()
    outbox.up()
    const sent = publish('a')
    handed[0]?.answer(taken)
    handed[0]?.refuse(lost())
    handed[0]?.answer(taken)
    await expect(sent).resolves.toBe(taken)
    expect([outbox.inFlight, outbox.waiting]).toEqual([0, 0])
  })

  it('ends what waits when it is closed, and is idle when nothing is under way', async () => {
    const { outbox, handed, publish } = makeOutbox(1)
    outbox.up()
    publish('a')
    const waiting = publish('b')
    let idle = false
    void outbox.idle(undefined).then(() => {
      idle = true
    })
    outbox.close()
    await expect(waiting).rejects.toMatchObject({ code: 'SM_BROKER_DOWN', details: { outcome: 'failed' } })
    await turn()
    expect(idle).toBe(false)
    handed[0]?.refuse(lost())
    await turn()
    expect(idle).toBe(true)
  })
})

describe('a recall', () => {
  /** What a recall is asked about, in order. */
  function asked(outbox: Outbox, choose: (id: string) => boolean = () => false) {
    const seen: [string, boolean][] = []
    outbox.recall(({ header: { id } }, mayHaveLeft) => {
      seen.push([id, mayHaveLeft])
      return choose(id)
    })
    return seen
  }

  it('asks of each publish at least once, in order, and says whether it may have left', async () => {
    const { outbox, handed, publish } = makeOutbox(2)
    outbox.up()
    for (const id of ['a', 'b', 'c']) publish(id)
    handed[1]?.pending.notTaken()
    expect(asked(outbox)).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ])
    outbox.down()
    handed[0]?.refuse(lost())
    handed[1]?.refuse(lost())
    await turn()
    expect(asked(outbox)).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ])
  })

  it('ends those that are chosen, and has them leave no more', async () => {
    const { outbox, handed, publish, ids } = makeOutbox(1)
    outbox.up()
    const [sent, first, second] = ['a', 'b', 'c'].map(id => publish(id))
    asked(outbox, id => id !== 'c')
    await expect(sent).rejects.toMatchObject({ code: 'SM_PUBLISH_RECALLED', details: { outcome: 'unknown' } })
    await expect(first).rejects.toMatchObject({ code: 'SM_PUBLISH_RECALLED', details: { outcome: 'failed' } })
    handed[0]?.answer(taken)
    await turn()
    expect(ids()).toEqual(['a', 'c'])
    handed[1]?.answer(taken)
    await expect(second).resolves.toEqual(taken)
    expect([outbox.waiting, outbox.inFlight]).toEqual([0, 0])
  })

  it('leaves alone what is sent at most once', async () => {
    const { outbox, publish } = makeOutbox(1)
    outbox.up()
    publish('a')
    publish('b', { delivery: 'at-most-once' })
    expect(asked(outbox).map(([id]) => id)).toEqual(['a'])
  })
})
