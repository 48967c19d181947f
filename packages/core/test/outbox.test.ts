import { describe, expect, it } from 'vitest'
import type { AgentOptions, PublishOptions } from '../src/index.ts'
import { failureOf, OrderPlaced, upTo } from './orders.ts'
import { counts, refusal, shopWithWires, watch } from './several-wires.ts'

/** A shop whose wires are all lost. */
async function cutOffShop(count = 2, options: AgentOptions = {}) {
  const world = await shopWithWires(count, options)
  for (const wire of world.wires) wire.lifecycle.become('degraded')
  const send = (n: number, more: PublishOptions = {}) =>
    world.shop.publish(OrderPlaced, { n }, { to: 'billing', ...more })
  const outbox = async () => (await world.shop.health()).outbox
  return { ...world, send, outbox }
}

const oneBytes = JSON.stringify({ n: 1 }).length

describe('what no transport takes', () => {
  it.each([1, 2])('waits in the agent with %i of them, and leaves in order when any is back', async count => {
    const { wires, names, send, outbox, settle } = await cutOffShop(count)
    // Fewer than would open a breaker.
    const sent = upTo(3).map(n => send(n))
    await settle()
    expect(counts(wires)).toEqual(upTo(count).map(() => 0))
    expect(await outbox()).toEqual({ messages: 3, bytes: 3 * oneBytes })
    wires[(count - 1) as 0]?.lifecycle.become('ready')
    const receipts = await Promise.all(sent)
    expect(receipts.map(({ transports }) => transports)).toEqual(upTo(3).map(() => [names[count - 1]]))
    expect(wires[(count - 1) as 0]?.ids).toEqual(receipts.map(({ id }) => id))
    expect(await outbox()).toEqual({ messages: 0, bytes: 0 })
  })

  it('waits whether or not a way to its receiver is known meanwhile', async () => {
    const { wires, names, send, settle } = await cutOffShop()
    for (const wire of wires) wire.knowsWay = false
    const sent = watch(send(1))
    await settle()
    expect(sent).toEqual({})
    wires[1].knowsWay = true
    wires[1].lifecycle.become('ready')
    await settle()
    expect(sent.receipt).toMatchObject({ transports: [names[1]] })
  })

  it('waits a while for a receiver who may have lost the wire as well', async () => {
    const { clock, wires, names, send } = await cutOffShop(1)
    wires[0].knowsWay = false
    const [soon, never] = [watch(send(1)), watch(send(2, { to: 'nobody' }))]
    wires[0].lifecycle.become('ready')
    await clock.advance(2_000)
    expect([soon, never]).toEqual([{}, {}])
    wires[0].knowsWay = true
    wires[0].events.emit('routes', { reason: 'they are back' })
    await clock.advance(0)
    expect(soon.receipt).toMatchObject({ transports: [names[0]] })
    wires[0].knowsWay = false
    wires[0].events.emit('routes', { reason: 'they are gone' })
    const late = watch(send(3))
    await clock.advance(4_000)
    expect(late.error).toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } })
  })

  it('is refused at once where it may be lost', async () => {
    const { wires, send } = await cutOffShop()
    for (const wire of wires) wire.knowsWay = false
    expect(await failureOf(() => send(1, { delivery: 'at-most-once' }))).toMatchObject({ code: 'SM_WIRE_AWAY' })
  })

  it('leaves before what is published while it leaves', async () => {
    const { wires, send, settle } = await cutOffShop()
    const ids: Promise<unknown>[] = upTo(2).map(n => send(n))
    const [first] = wires
    const publish = first.publish.bind(first)
    first.publish = (...args) => {
      first.publish = publish
      ids.push(send(9))
      return publish(...args)
    }
    first.lifecycle.become('ready')
    await settle()
    expect(wires[0].ids).toEqual((await Promise.all(ids)).map(receipt => (receipt as { id: string }).id))
  })

  it('waits no longer than its publish may, and is then nobody’s', async () => {
    const { clock, wires, send, outbox } = await cutOffShop()
    const late = watch(send(1, { timeoutMs: 5_000 }))
    const { signal, abort } = abortable()
    const given = watch(send(2, { signal }))
    await clock.advance(4_000)
    abort()
    await clock.advance(2_000)
    expect(late.error).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'failed' } })
    expect(given.error).toBeInstanceOf(DOMException)
    expect(await outbox()).toEqual({ messages: 0, bytes: 0 })
    wires[0].lifecycle.become('ready')
    await clock.advance(1_000)
    expect(counts(wires)).toEqual([0, 0])
  })

  it('holds up nothing that another transport may take', async () => {
    const { wires, names, send, settle } = await cutOffShop()
    const stuck = watch(send(1, { route: { only: [names[1]] } }))
    wires[0].lifecycle.become('ready')
    expect(await send(2)).toMatchObject({ transports: [names[0]] })
    await settle()
    expect(stuck).toEqual({})
  })
})

describe('a full outbox', () => {
  const small = { maxMessages: 2 }

  it('refuses what finds no room, where that is wanted', async () => {
    const { send, outbox } = await cutOffShop(2, { outbox: { ...small, whenFull: 'refuse' } })
    for (const n of upTo(2)) send(n).catch(() => undefined)
    expect(await failureOf(() => send(2))).toMatchObject({
      code: 'SM_OUTBOX_FULL',
      message: expect.stringContaining('holds 2 of 2'),
      details: { outcome: 'failed', maxMessages: 2 },
    })
    expect(await outbox()).toMatchObject({ messages: 2 })
  })

  it('counts bytes, and refuses what would never find room', async () => {
    const { send, outbox } = await cutOffShop(2, { outbox: { maxBytes: 2 * oneBytes } })
    const sent = upTo(3).map(n => watch(send(n)))
    expect(await outbox()).toEqual({ messages: 2, bytes: 2 * oneBytes })
    expect(sent).toEqual([{}, {}, {}])
    const shop = await cutOffShop(2, { outbox: { maxBytes: oneBytes - 1 } })
    expect(await failureOf(() => shop.send(1))).toMatchObject({ code: 'SM_OUTBOX_FULL' })
  })

  it('has what finds no room wait for it, in order', async () => {
    const { clock, wires, send, outbox, settle } = await cutOffShop(2, { outbox: small })
    const short = watch(send(0, { timeoutMs: 1_000 }))
    const others = upTo(3).map(n => send(n + 1))
    expect(await outbox()).toMatchObject({ messages: 2 })
    await clock.advance(1_500)
    expect(short.error).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT' })
    expect(await outbox()).toMatchObject({ messages: 2 })
    wires[0].lifecycle.become('ready')
    await settle()
    expect(wires[0].ids).toEqual((await Promise.all(others)).map(({ id }) => id))
  })

  it('holds up nothing that need not wait', async () => {
    const { wires, names, send, settle } = await cutOffShop(2, { outbox: { maxMessages: 1 } })
    const stuck = upTo(3).map(n => watch(send(n, { route: { only: [names[1]] } })))
    wires[0].lifecycle.become('ready')
    expect(await send(9)).toMatchObject({ transports: [names[0]] })
    wires[1].lifecycle.become('ready')
    await settle()
    expect(wires[1].ids).toEqual(stuck.map(({ receipt }) => receipt?.id))
  })

  it('has the oldest make room that may be lost, and nothing else', async () => {
    const { wires, send, settle } = await cutOffShop(2, { outbox: { maxMessages: 3, whenFull: 'drop-oldest' } })
    const losable = { delivery: 'at-most-once' } as const
    const [first, second] = [watch(send(0, losable)), watch(send(1, losable))]
    const kept = [watch(send(2)), watch(send(3))]
    await settle()
    expect(first.error).toMatchObject({ code: 'SM_OUTBOX_FULL', details: { outcome: 'failed' } })
    expect(second).toEqual({})
    kept.push(watch(send(4)))
    await settle()
    expect(second.error).toMatchObject({ code: 'SM_OUTBOX_FULL' })
    const refused = [watch(send(5)), watch(send(6, losable))]
    await settle()
    expect(refused.map(({ error }) => error?.code)).toEqual(['SM_OUTBOX_FULL', 'SM_OUTBOX_FULL'])
    wires[0].lifecycle.become('ready')
    await settle()
    expect(kept.every(({ receipt }) => receipt)).toBe(true)
    expect(counts(wires)).toEqual([3, 0])
  })

  it.each([
    [{ maxMessages: 0 }, 'maxMessages'],
    [{ maxBytes: Number.NaN }, 'maxBytes'],
    [{ whenFull: 'drop-newest' }, 'whenFull'],
    [{ size: 3 }, 'size'],
  ])('that is described as %j is refused', async (outbox, named) => {
    const failure = await failureOf(() => shopWithWires(1, { outbox: outbox as never }))
    expect(failure).toMatchObject({ code: 'SM_AGENT_OPTIONS', message: expect.stringContaining(named) })
  })
})

describe('while every wire is there and takes nothing', () => {
  it('messages wait, one is tried in time, and when that is taken the others follow, each once', async () => {
    const { clock, shop, wires, settle } = await shopWithWires(2, { takes: false, failover: { cooldownMs: 10_000 } })
    const send = (n: number) => shop.publish(OrderPlaced, { n }, { to: 'billing', timeoutMs: 60_000 })
    const stuck = []
    for (const _ of wires) {
      stuck.push(watch(send(0)))
      await clock.advance(1_000)
    }
    const waiting = upTo(4).map(n => send(n))
    await clock.advance(8_000)
    expect(counts(wires)).toEqual([1, 1])
    await clock.advance(1_000)
    expect(counts(wires)).toEqual([2, 1])
    wires[0].takes = true
    wires[0].pending.at(-1)?.take()
    await settle()
    expect(wires[0].ids.slice(1)).toEqual((await Promise.all(waiting)).map(({ id }) => id))
    expect(stuck).toEqual([{}, {}])
  })

  it('one that all have refused waits as well once they are left, and nobody is told that it failed', async () => {
    const { clock, shop, wires } = await shopWithWires(2, { takes: false, failover: { failures: 1 } })
    const sent = watch(shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))
    wires[0].pending[0]?.refuse(refusal())
    await clock.advance(0)
    wires[1].pending[0]?.refuse(refusal())
    await clock.advance(0)
    expect(sent).toEqual({})
    expect((await shop.health()).outbox.messages).toBe(1)
    await clock.advance(1_000)
    for (const wire of wires) {
      wire.pending[0]?.refuse(refusal())
      await clock.advance(0)
    }
    expect(sent).toEqual({})
    for (const wire of wires) wire.takes = true
    await clock.advance(4_000)
    expect(sent.receipt?.evidence).toBe('persisted')
    expect((await shop.health()).counters).toMatchObject({ published: 1, publishFailed: 0 })
  })
})

describe('a stop', () => {
  it('sends what waits, if its wire is back in time', async () => {
    const { clock, shop, wires, send } = await cutOffShop()
    const sent = upTo(2).map(n => send(n))
    const stop = shop.stop()
    await clock.advance(3_000)
    wires[1].lifecycle.become('ready')
    await clock.advance(0)
    expect((await Promise.all(sent)).every(({ evidence }) => evidence === 'persisted')).toBe(true)
    expect(await stop).toMatchObject({ unsent: 0 })
  })

  it('tells how much is left, and each publish that it failed', async () => {
    const { clock, shop, send } = await cutOffShop()
    const sent = upTo(3).map(n => watch(send(n)))
    const stop = shop.stop({ timeoutMs: 2_000 })
    await clock.advance(2_000)
    expect(await stop).toMatchObject({ unsent: 3 })
    for (const { error } of sent) {
      expect(error).toMatchObject({ code: 'SM_AGENT_STOPPED', retryable: true, details: { outcome: 'failed' } })
    }
  })

  it('without a drain does not wait', async () => {
    const { shop, send } = await cutOffShop()
    const sent = watch(send(1))
    expect(await shop.stop({ drain: false })).toMatchObject({ unsent: 1 })
    expect(sent.error).toMatchObject({ code: 'SM_AGENT_STOPPED' })
  })
})

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
