import { describe, expect, it } from 'vitest'
import { transportError } from '../src/errors/index.ts'
import { defineMessage, type FailoverOptions, unchecked } from '../src/index.ts'
import { smError } from '../src/transport-author.ts'
import { type ManualWire, manualTransport } from './manual-transport.ts'
import { failureOf, OrderPlaced, upTo } from './orders.ts'
import { testWorld } from './test-world.ts'

let pairs = 0

/** A shop with two wires; `first` comes first on its ladder. */
async function shopWithTwoWires(failover?: FailoverOptions) {
  const world = testWorld()
  const [first, second] = [manualTransport(`a${++pairs}`, 20), manualTransport(`b${pairs}`, 30)]
  const shop = await world.agent('shop', {
    transports: [first.transport(), second.transport()],
    ...(failover && { failover }),
  })
  const names = [first, second].map(({ transport }) => transport.definition.name)
  const send = (n: number, to = 'billing') => shop.publish(OrderPlaced, { n }, { to })
  return { ...world, shop, names, first: first.wire, second: second.wire, send }
}

const lost = (wire: ManualWire) => wire.lifecycle.become('degraded')
const instance = 'billing/01ARZ3NDEKTSV4RRFFQ69G5FAV'
const unknown = () => transportError('SM_PUBLISH_FAILED', 'no answer', { details: { outcome: 'unknown' } })

describe('a wire that is lost', () => {
  it('gives back what had not left, which goes by the next wire under the same id and in order', async () => {
    const { first, second, names, send, settle } = await shopWithTwoWires()
    first.takes = false
    first.leaves = false
    const sent = upTo(20).map(n => send(n))
    lost(first)
    await settle()
    const receipts = await Promise.all(sent)
    expect(receipts.every(({ transports }) => transports[0] === names[1])).toBe(true)
    expect(second.ids).toEqual(receipts.map(({ id }) => id))
    expect(first.pending).toEqual([])
  })

  it('keeps what may have left where nobody can tell whether a repeat would be noticed', async () => {
    const { first, second, names, send, settle } = await shopWithTwoWires()
    first.takes = false
    const sent = send(1)
    lost(first)
    await settle()
    expect([first.pending.length, second.ids]).toEqual([1, []])
    first.pending[0]?.take()
    expect(await sent).toMatchObject({ transports: [names[0]] })
  })

  it('gives back what may have left where the one instance that it is for would notice', async () => {
    const { first, names, send, settle } = await shopWithTwoWires()
    first.takes = false
    const sent = send(1, instance)
    lost(first)
    await settle()
    expect(await sent).toMatchObject({ transports: [names[1]] })
  })

  it('gives back what may have left where repeats are allowed', async () => {
    const { shop, first, names, settle } = await shopWithTwoWires()
    const Reading = defineMessage('reading.taken', { schema: unchecked<number>(), repeats: 'allowed' })
    first.takes = false
    const sent = shop.publish(Reading, 1, { to: 'billing' })
    lost(first)
    await settle()
    expect(await sent).toMatchObject({ transports: [names[1]] })
  })

  it('keeps what waits when no other wire is there, and gives it to the first that comes back', async () => {
    const { first, second, names, send, settle } = await shopWithTwoWires()
    lost(second)
    first.takes = false
    first.leaves = false
    const sent = upTo(3).map(n => send(n))
    lost(first)
    await settle()
    expect(first.pending).toHaveLength(3)
    second.lifecycle.become('ready')
    await settle()
    expect((await Promise.all(sent)).map(({ transports }) => transports)).toEqual(upTo(3).map(() => [names[1]]))
  })

  it('is preferred again only once it has kept its wire for a while', async () => {
    const { clock, first, names, send } = await shopWithTwoWires({ failbackMs: 5_000 })
    lost(first)
    first.lifecycle.become('ready')
    expect(await send(1)).toMatchObject({ transports: [names[1]] })
    await clock.advance(4_999)
    expect(await send(2)).toMatchObject({ transports: [names[1]] })
    await clock.advance(1)
    expect(await send(3)).toMatchObject({ transports: [names[0]] })
  })

  it('is never preferred again where that is wanted, and takes over when the other is lost', async () => {
    const { clock, first, second, names, send } = await shopWithTwoWires({ failbackMs: Number.POSITIVE_INFINITY })
    lost(first)
    first.lifecycle.become('ready')
    await clock.advance(86_400_000)
    expect(await send(1)).toMatchObject({ transports: [names[1]] })
    lost(second)
    expect(await send(2)).toMatchObject({ transports: [names[0]] })
  })
})

describe('a wire that is there and takes nothing', () => {
  it('is left after a while: what comes after goes by the next, and what has not left moves', async () => {
    const { clock, shop, first, names, send, settle } = await shopWithTwoWires()
    first.takes = false
    const stuck = send(1)
    await settle()
    first.leaves = false
    const waiting = send(2)
    await clock.advance(999)
    expect(first.pending).toHaveLength(2)
    await clock.advance(1)
    expect(await waiting).toMatchObject({ transports: [names[1]] })
    expect(await send(3)).toMatchObject({ transports: [names[1]] })
    expect((await shop.health()).breakers).toEqual({ [names[0] as string]: { billing: 'open' } })
    expect(String(shop.explain(OrderPlaced, { to: 'billing' }))).toContain('it takes nothing (breaker open)')
    first.pending[0]?.take()
    expect(await stuck).toMatchObject({ transports: [names[0]] })
  })

  it('is left that long after what it took last, whenever it was looked at', async () => {
    const { clock, shop, first, send } = await shopWithTwoWires()
    first.takes = false
    send(1).catch(() => undefined)
    // The first look comes 1,000 ms after this one began: 700 ms of silence are not enough, and 300 more are.
    await clock.advance(300)
    first.pending[0]?.take()
    send(2).catch(() => undefined)
    await clock.advance(999)
    expect((await shop.health()).breakers).toEqual({})
    await clock.advance(1)
    expect(Object.values((await shop.health()).breakers)).toEqual([{ billing: 'open' }])
  })

  it('is left for that address alone', async () => {
    const { clock, first, names, send } = await shopWithTwoWires()
    first.takes = false
    send(1).catch(() => undefined)
    await clock.advance(1_000)
    first.takes = true
    expect(await send(2, 'desk')).toMatchObject({ transports: [names[0]] })
  })

  it('is not left while it takes something from time to time', async () => {
    const { clock, shop, first, second, send } = await shopWithTwoWires()
    first.takes = false
    for (const n of upTo(10)) send(n).catch(() => undefined)
    for (const _ of upTo(10)) {
      await clock.advance(900)
      expect((await shop.health()).breakers).toEqual({})
      first.pending[0]?.take()
    }
    await clock.advance(5_000)
    expect([first.pending, second.ids]).toEqual([[], []])
  })

  it('is not left where a slow receiver leaves no room', async () => {
    const { clock, first, second, send } = await shopWithTwoWires()
    first.takes = false
    first.leaves = false
    send(1).catch(() => undefined)
    await clock.advance(20_000)
    expect([first.pending.length, second.ids]).toEqual([1, []])
  })

  it('is tried again with one message after a while, and closes its breaker when that is taken', async () => {
    const { clock, shop, first, names, send, settle } = await shopWithTwoWires()
    first.takes = false
    send(1).catch(() => undefined)
    await clock.advance(2_000)
    const probe = send(2)
    expect(await send(3)).toMatchObject({ transports: [names[1]] })
    first.pending.at(-1)?.take()
    expect(await probe).toMatchObject({ transports: [names[0]] })
    await settle()
    expect((await shop.health()).breakers).toEqual({})
    first.takes = true
    expect(await send(4)).toMatchObject({ transports: [names[0]] })
  })

  it('gives back the message that tries it again, where that cannot even leave for a while', async () => {
    const { clock, shop, first, names, send, settle } = await shopWithTwoWires()
    first.takes = false
    send(1).catch(() => undefined)
    await clock.advance(2_000)
    first.leaves = false
    const probe = send(2)
    await clock.advance(1_000)
    await settle()
    expect(await probe).toMatchObject({ transports: [names[1]] })
    expect((await shop.health()).breakers).toEqual({ [names[0] as string]: { billing: 'open' } })
  })

  it('is tried again later and later while it takes nothing', async () => {
    const { clock, first, send } = await shopWithTwoWires()
    first.takes = false
    send(1).catch(() => undefined)
    const triedAt: number[] = []
    for (const second of upTo(40)) {
      const before = first.ids.length
      send(second).catch(() => undefined)
      if (first.ids.length > before) triedAt.push(second)
      await clock.advance(1_000)
    }
    expect(triedAt.length).toBeLessThan(8)
    expect(triedAt.length).toBeGreaterThan(2)
  })

  it('is not left when it is the only one', async () => {
    const { clock, first, second, send } = await shopWithTwoWires()
    lost(second)
    first.takes = false
    const sent = send(1)
    await clock.advance(5_000)
    first.pending[0]?.take()
    expect(await sent).toMatchObject({ evidence: 'persisted' })
  })
})

describe('a wire that refuses', () => {
  it('is left after several failures in a row', async () => {
    const { first, names, send, shop } = await shopWithTwoWires({ failures: 3 })
    first.takes = false
    for (const n of upTo(3)) {
      const sent = send(n)
      first.pending[0]?.refuse(transportError('SM_PUBLISH_FAILED', 'refused', { details: { outcome: 'failed' } }))
      expect(await sent).toMatchObject({ transports: [names[1]] })
    }
    expect((await shop.health()).breakers).toEqual({ [names[0] as string]: { billing: 'open' } })
    expect(await send(4)).toMatchObject({ transports: [names[1]] })
    expect(first.ids).toHaveLength(3)
  })

  it('is not left when it takes something in between', async () => {
    const { first, send, shop } = await shopWithTwoWires({ failures: 3 })
    first.takes = false
    for (const n of upTo(10)) {
      const sent = send(n)
      if (n % 3 === 0) first.pending[0]?.take()
      else first.pending[0]?.refuse(transportError('SM_PUBLISH_FAILED', 'refused', { details: { outcome: 'failed' } }))
      await sent
    }
    expect((await shop.health()).breakers).toEqual({})
  })

  it('is not blamed for what no wire would take', async () => {
    const { first, send, shop } = await shopWithTwoWires({ failures: 1 })
    first.takes = false
    const sent = send(1)
    first.pending[0]?.refuse(smError('SM_ROUTE_NONE', 'nobody', { details: { outcome: 'failed' } }))
    await sent
    expect((await shop.health()).breakers).toEqual({})
  })

  it('and may have delivered all the same ends the publish as unknown', async () => {
    const { first, second, send } = await shopWithTwoWires()
    first.takes = false
    const failure = failureOf(() => send(1))
    first.pending[0]?.refuse(unknown())
    expect(await failure).toMatchObject({ code: 'SM_PUBLISH_FAILED', details: { outcome: 'unknown' } })
    expect(second.ids).toEqual([])
  })

  it('and may have delivered leaves the outcome unknown, whatever the next one says', async () => {
    const { first, second, send, settle } = await shopWithTwoWires()
    first.takes = false
    second.takes = false
    const failure = failureOf(() => send(1, instance))
    first.pending[0]?.refuse(unknown())
    await settle()
    second.pending[0]?.refuse(smError('SM_ROUTE_NONE', 'nobody', { details: { outcome: 'failed' } }))
    expect(await failure).toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'unknown' } })
  })
})

describe('a broadcast that every wire refuses', () => {
  const refuse = (wire: ManualWire, outcome: 'failed' | 'unknown') =>
    wire.pending[0]?.refuse(transportError('SM_PUBLISH_FAILED', `${outcome} there`, { details: { outcome } }))

  it('is unknown where one wire may have delivered it, and failed where none can have', async () => {
    const { shop, first, second } = await shopWithTwoWires()
    first.takes = false
    second.takes = false
    for (const outcome of ['unknown', 'failed'] as const) {
      const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }))
      refuse(first, 'failed')
      refuse(second, outcome)
      expect(await failure).toMatchObject({ message: expect.stringContaining('failed there'), details: { outcome } })
    }
  })

  it('ends with the reason of its signal', async () => {
    const { shop, first } = await shopWithTwoWires()
    first.takes = false
    const giveUp = new AbortController()
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { signal: giveUp.signal }))
    giveUp.abort(new Error('enough'))
    expect((await failure).message).toBe('enough')
  })
})

it('a message at most once never moves once it may have left', async () => {
  const { shop, first, second } = await shopWithTwoWires()
  first.takes = false
  const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: instance, delivery: 'at-most-once' }))
  first.pending[0]?.refuse(unknown())
  expect(await failure).toMatchObject({ details: { outcome: 'unknown' } })
  expect(second.ids).toEqual([])
})

it('an agent that has stopped leaves no timer behind', async () => {
  const { clock, shop, first, send } = await shopWithTwoWires()
  first.takes = false
  send(1).catch(() => undefined)
  await shop.stop({ drain: false })
  first.pending[0]?.take()
  await clock.advance(60_000)
  expect(clock.pending).toBe(0)
})

it.each([{ stallMs: 0 }, { failures: 0 }, { cooldownMs: Number.NaN }, { failbackMs: -1 }, { stalMs: 5 }])(
  'the failover options %j are refused by name',
  async failover => {
    const option = Object.keys(failover)[0] as string
    const bad = failover as FailoverOptions
    expect(await failureOf(() => testWorld().agent('shop', { failover: bad }))).toMatchObject({
      code: 'SM_AGENT_OPTIONS',
      message: expect.stringContaining(option),
    })
  },
)

it('a definition with an unknown word for repeats is refused', () => {
  const options = { schema: unchecked<number>(), repeats: 'often' as never }
  expect(() => defineMessage('reading.taken', options)).toThrow('SM_MESSAGE_DEFINITION')
})
