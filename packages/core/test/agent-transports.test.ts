import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Agent } from '../src/agent/index.ts'
import { type AgentOptions, defineMessage, type StandardSchemaV1, unchecked } from '../src/index.ts'
import { busTransport } from './bus.ts'
import { manualTransport } from './manual-transport.ts'
import { failureOf, GetQuote, OrderPlaced, take } from './orders.ts'
import { sideWorld } from './side-world.ts'
import { testWorld } from './test-world.ts'

let wires = 0
const manual = (rank = 20) => manualTransport(`moving-${wires++}`, rank)
const bus = (rank = 20) => busTransport(`moving-bus-${wires++}`, rank)

const names = (agent: Agent) => agent.transports.list().map(({ name }) => name)
const memoryOnly = { transports: ['memory'] } satisfies AgentOptions

/** At most once, which agents with one transport do not check for repeats. */
const Ticked = defineMessage('clock.ticked', { schema: unchecked<number>(), delivery: 'at-most-once' })

describe('a transport that is added', () => {
  it('brings what the agent subscribes to, and its inbox, from then on', async () => {
    const { agent, settle, sideOnly, side, name } = sideWorld()
    const [billing, shop] = [await agent('billing', memoryOnly), await agent('shop', sideOnly)]
    const { numbers, contexts } = take(billing)
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 0 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    await billing.transports.add(side.transport())
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await shop.publish(OrderPlaced, { n: 2 })
    await settle()
    expect(numbers).toEqual([1, 2])
    expect(contexts.map(({ transport }) => transport)).toEqual([name, name])
    expect((await billing.health()).transports).toMatchObject({ [name]: { state: 'ready' } })
  })

  it('also brings what is subscribed to later, and answers', async () => {
    const { agent, sideOnly, side } = sideWorld()
    const [billing, shop] = [await agent('billing', memoryOnly), await agent('shop', sideOnly)]
    await billing.transports.add(side.transport())
    await billing.subscribe(GetQuote, () => ({ price: 7 }))
    expect(await shop.request(GetQuote, { sku: '1' }, { to: 'billing' })).toEqual({ price: 7 })
    await shop.subscribe(GetQuote, () => ({ price: 8 }))
    expect(await billing.request(GetQuote, { sku: '1' }, { to: 'shop' })).toEqual({ price: 8 })
  })

  it('carries what the agent publishes, from its place on the ladder', async () => {
    const { agent, side, name, both } = sideWorld({ rank: 5 })
    const shop = await agent('shop', memoryOnly)
    take(await agent('billing', both))
    await shop.transports.add(side.transport())
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })).toMatchObject({ transports: [name] })
    expect(names(shop)).toEqual([name, 'memory'])
  })

  it('comes after those that the option ladder names', async () => {
    const { agent, side, name, both } = sideWorld({ rank: 5 })
    const shop = await agent('shop', { ...memoryOnly, ladder: ['memory'] })
    take(await agent('billing', both))
    await shop.transports.add(side.transport())
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })).toMatchObject({ transports: ['memory'] })
    expect(names(shop)).toEqual(['memory', name])
  })

  it('brings no copy at most once to a handler that had it', async () => {
    const { agent, settle, both, side } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', memoryOnly)]
    const got: number[] = []
    await billing.subscribe(Ticked, n => void got.push(n))
    await billing.transports.add(side.transport())
    expect(await shop.publish(Ticked, 1, { via: 'all' })).toMatchObject({ copies: 2 })
    await settle()
    expect(got).toEqual([1])
  })

  it('carries what the schema makes of a payload, though memory alone never asked for it', async () => {
    const { agent, settle, side, sideOnly } = sideWorld({ encodes: true, rank: 5 })
    const Trimmed = defineMessage('text.trimmed', { schema: z.object({ text: z.string().trim() }) })
    const [shop, billing] = [await agent('shop', memoryOnly), await agent('billing', sideOnly)]
    const got: unknown[] = []
    await billing.subscribe(Trimmed, payload => void got.push(payload))
    await shop.transports.add(side.transport())
    await shop.publish(Trimmed, { text: ' a ' })
    await settle()
    expect(got).toEqual([{ text: 'a' }])
  })

  it('carries what a schema has made, though that takes it longer than memory would wait for', async () => {
    const { agent, settle, side, sideOnly } = sideWorld({ encodes: true, rank: 5 })
    let made = 0
    const validate = (value: unknown) => {
      const { id } = value as { id?: number }
      return id === undefined ? { value: { id: ++made } } : Promise.resolve({ value: { id } })
    }
    const schema: StandardSchemaV1<{ id?: number }, { id: number }> = {
      '~standard': { version: 1, vendor: 'test', validate },
    }
    const Numbered = defineMessage('order.numbered', { schema })
    const [shop, billing] = [await agent('shop', memoryOnly), await agent('billing', sideOnly)]
    const got: unknown[] = []
    await billing.subscribe(Numbered, payload => void got.push(payload))
    await shop.transports.add(side.transport())
    await shop.publish(Numbered, {})
    await settle()
    expect(got).toEqual([{ id: 1 }])
  })

  it('gets copies where it only publishes', async () => {
    const { agent, side, name } = sideWorld({ capabilities: { publishOnly: true } })
    const shop = await agent('shop', memoryOnly)
    take(shop)
    await shop.transports.add(side.transport())
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ transports: ['memory'], archived: [name] })
  })

  it('is told of to others, and others are heard there', async () => {
    const { agent, clock } = testWorld()
    const { transport } = bus()
    const [shop, billing] = [await agent('shop', memoryOnly), await agent('billing', { transports: [transport()] })]
    const added = shop.transports.add(transport())
    await clock.advance(300)
    await added
    expect(shop.directory.get('billing')).toHaveLength(1)
    expect(Object.keys(billing.directory.get('shop')[0]?.wires ?? {})).toEqual([transport.definition.name])
    await shop.transports.remove(transport.definition.name)
    await clock.advance(200)
    expect(shop.directory.get('billing')).toEqual([])
    expect(billing.directory.get('shop')).toEqual([])
  })

  it('carries nothing until it is known who is there, or that nobody says so', async () => {
    const { agent, clock } = testWorld()
    const [{ transport, bus: wire }, silent] = [bus(), manual()]
    const shop = await agent('shop', memoryOnly)
    let added = 0
    const adds = [shop.transports.add(transport()), shop.transports.add(silent.transport())]
    for (const add of adds) add.then(() => added++)
    await clock.advance(900)
    expect([added, names(shop)]).toEqual([0, ['memory']])
    await clock.advance(200)
    expect([added, names(shop)]).toEqual([1, ['memory', wire.name]])
    await clock.advance(1_000)
    expect([added, names(shop)]).toEqual([2, ['memory', wire.name, silent.transport.definition.name]])
  })

  it('that the agent has already is refused, also while it is being added', async () => {
    const { agent, side } = sideWorld()
    const shop = await agent('shop', { ...memoryOnly, presence: false })
    const [one, other] = await Promise.allSettled([
      shop.transports.add(side.transport()),
      shop.transports.add(side.transport()),
    ])
    expect([one.status, other.status]).toEqual(['fulfilled', 'rejected'])
    expect((other as PromiseRejectedResult).reason).toMatchObject({ code: 'SM_TRANSPORT_CHANGE' })
    expect(await failureOf(() => shop.transports.add('memory'))).toMatchObject({ code: 'SM_TRANSPORT_CHANGE' })
    expect(await failureOf(() => shop.transports.add('no such'))).toMatchObject({ code: 'SM_TRANSPORT_UNKNOWN' })
  })

  it('that does not start leaves the agent as it was, and can be added again', async () => {
    const { agent, side, name, settle, sideOnly } = sideWorld({ startFailure: new Error('no wire') })
    const billing = await agent('billing', { ...memoryOnly, presence: false })
    const { numbers } = take(billing)
    expect(await failureOf(() => billing.transports.add(side.transport()))).toMatchObject({
      code: 'SM_TRANSPORT_START',
      details: { transport: name },
    })
    expect(names(billing)).toEqual(['memory'])
    side.behaviour.startFailure = undefined
    await billing.transports.add(side.transport())
    await (await agent('shop', sideOnly)).publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await settle()
    expect(numbers).toEqual([1])
  })

  it('has the start timeout of its agent', async () => {
    const { agent, side, clock } = sideWorld({ startsNever: true })
    const shop = await agent('shop', { ...memoryOnly, startTimeoutMs: 500 })
    const failure = failureOf(() => shop.transports.add(side.transport()))
    await clock.advance(500)
    expect(await failure).toMatchObject({ code: 'SM_TRANSPORT_START' })
    expect(names(shop)).toEqual(['memory'])
  })

  it('that cannot serve a subscription of the agent is refused, and nothing of it stays open', async () => {
    const { agent, side, sideOnly, name } = sideWorld({ capabilities: { wildcards: false } })
    const [billing, shop] = [await agent('billing', memoryOnly), await agent('shop', sideOnly)]
    take(billing)
    await billing.subscribePattern('quote.*', () => undefined)
    expect(await failureOf(() => billing.transports.add(side.transport()))).toMatchObject({
      code: 'SM_CAPABILITY_MISSING',
    })
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 0 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    expect((await billing.health()).transports).not.toHaveProperty([name])
    expect(shop.directory.get('billing')).toEqual([])
  })

  it('is given up when the agent stops meanwhile', async () => {
    const { agent, side } = sideWorld({ startsNever: true })
    const shop = await agent('shop', memoryOnly)
    const failure = failureOf(() => shop.transports.add(side.transport()))
    await shop.stop()
    expect(await failure).toMatchObject({ code: 'SM_AGENT_STOPPED' })
    expect(await failureOf(() => shop.transports.add(side.transport()))).toMatchObject({ code: 'SM_AGENT_STOPPED' })
  })
})

describe('a transport that is drained', () => {
  it('gets nothing new, and the plan says why', async () => {
    const { agent, settle, both, name } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { contexts } = take(billing)
    expect(await shop.transports.drain('memory')).toEqual({ isComplete: true })
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await settle()
    expect(contexts.map(({ transport }) => transport)).toEqual([name])
    expect(shop.explain(OrderPlaced, { to: 'billing' }).skipped).toEqual([
      { transport: 'memory', reason: 'is stopping' },
    ])
    expect(shop.transports.list()).toEqual([
      { name: 'memory', state: 'ready', isDraining: true },
      { name, state: 'ready', isDraining: false },
    ])
  })

  it('is waited for as long as it has what was sent, and what has not left moves', async () => {
    const { agent, settle } = testWorld()
    const [first, second] = [manual(20), manual(30)]
    const shop = await agent('shop', { transports: [first.transport(), second.transport()] })
    first.wire.takes = false
    const sent = shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    first.wire.leaves = false
    const waits = shop.publish(OrderPlaced, { n: 2 }, { to: 'billing' })
    let report: unknown
    const drained = shop.transports.drain(first.transport.definition.name).then(done => {
      report = done
    })
    await settle()
    expect(await waits).toMatchObject({ transports: [second.transport.definition.name] })
    expect([first.wire.pending.length, report]).toEqual([1, undefined])
    first.wire.pending[0]?.take()
    expect(await sent).toMatchObject({ transports: [first.transport.definition.name] })
    await drained
    expect(report).toEqual({ isComplete: true })
  })

  it('is waited for also where no other could take over what was sent: a broadcast, and what left when it was alone', async () => {
    const { agent, settle } = testWorld()
    const [first, second] = [manual(20), manual(30)]
    const shop = await agent('shop', { transports: [first.transport()], presence: false })
    first.wire.takes = false
    const alone = shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await shop.transports.add(second.transport())
    const broadcast = shop.publish(OrderPlaced, { n: 2 })
    let isDone = false
    const drained = shop.transports.drain(first.transport.definition.name).then(() => {
      isDone = true
    })
    for (const publish of [alone, broadcast]) {
      await settle()
      expect(isDone).toBe(false)
      first.wire.pending[0]?.take()
      await publish
    }
    await drained
  })

  it('waits for handlers of what came, and takes on nothing new', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', sideOnly), await agent('billing', both)]
    const held = Promise.withResolvers<void>()
    const got: number[] = []
    await billing.subscribe(OrderPlaced, async ({ n }) => {
      got.push(n)
      await held.promise
    })
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await settle()
    let isDone = false
    const drained = billing.transports.drain(name).then(() => {
      isDone = true
    })
    await settle()
    expect(isDone).toBe(false)
    expect(await shop.publish(OrderPlaced, { n: 2 }, { to: 'billing' }).catch(({ code }) => code)).toBe('SM_ROUTE_NONE')
    held.resolve()
    await drained
    await settle()
    expect(got).toEqual([1])
  })

  it('is left when its time is over, also by a signal, and that is told', async () => {
    const { agent, clock, both, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', sideOnly), await agent('billing', both)]
    await billing.subscribe(OrderPlaced, () => new Promise(() => {}))
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await clock.advance(0)
    const drained = billing.transports.drain(name, { timeoutMs: 300 })
    const again = billing.transports.remove(name, { timeoutMs: 60_000 })
    await clock.advance(300)
    expect(await drained).toEqual({ isComplete: false })
    expect(await again).toEqual({ isComplete: false })
    expect(names(billing)).toEqual(['memory'])
  })

  it('brings the replies to what was asked before', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld({ encodes: true })
    const [shop, billing] = [await agent('shop', both), await agent('billing', sideOnly)]
    const held = Promise.withResolvers<void>()
    await billing.subscribe(GetQuote, async () => {
      await held.promise
      return { price: 5 }
    })
    const reply = shop.request(GetQuote, { sku: '1' }, { to: 'billing' })
    await settle()
    const drained = shop.transports.remove(name)
    await settle()
    held.resolve()
    expect(await reply).toEqual({ price: 5 })
    expect(await drained).toEqual({ isComplete: true })
  })

  it('takes answers to the questions that it brought', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld({ encodes: true })
    const [shop, billing] = [await agent('shop', sideOnly), await agent('billing', both)]
    const held = Promise.withResolvers<void>()
    await billing.subscribe(GetQuote, async () => {
      await held.promise
      return { price: 5 }
    })
    const reply = shop.request(GetQuote, { sku: '1' }, { to: 'billing' })
    await settle()
    const drained = billing.transports.remove(name)
    await settle()
    held.resolve()
    expect(await reply).toEqual({ price: 5 })
    expect(await drained).toEqual({ isComplete: true })
  })

  it('has no subscription that is made later', async () => {
    const { agent, both, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', sideOnly), await agent('billing', both)]
    await billing.transports.drain(name)
    take(billing)
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ evidence: 'none' })
  })

  it('has a time that is a time', async () => {
    const { agent, both, name } = sideWorld()
    const shop = await agent('shop', both)
    expect(await failureOf(() => shop.transports.drain(name, { timeoutMs: 0 }))).toMatchObject({
      code: 'SM_AGENT_OPTIONS',
    })
  })
})

describe('a transport that is removed', () => {
  it('is stopped and forgotten, and can be added again', async () => {
    const { agent, settle, both, side, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', sideOnly), await agent('billing', both)]
    const { numbers } = take(billing)
    await billing.transports.remove(name)
    expect([names(billing), Object.keys((await billing.health()).transports)]).toEqual([['memory'], ['memory']])
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    expect(billing.explain(OrderPlaced).skipped).not.toContainEqual(expect.objectContaining({ transport: name }))
    await billing.transports.add(side.transport())
    await shop.publish(OrderPlaced, { n: 2 }, { to: 'billing' })
    await settle()
    expect(numbers).toEqual([2])
  })

  it('that is the last to carry messages is not, also when two are removed at once', async () => {
    const { agent, both, name } = sideWorld()
    const shop = await agent('shop', both)
    const ends = await Promise.allSettled([shop.transports.remove('memory'), shop.transports.remove(name)])
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect((ends[1] as PromiseRejectedResult).reason).toMatchObject({
      code: 'SM_TRANSPORT_CHANGE',
      message: expect.stringContaining('no other transport'),
    })
    expect(names(shop)).toEqual([name])
    expect(await failureOf(() => shop.transports.drain('memory'))).toMatchObject({ code: 'SM_TRANSPORT_CHANGE' })
  })

  it('is not where messages must be kept and no other keeps any', async () => {
    const { agent } = testWorld()
    const kept = manual()
    const name = kept.transport.definition.name
    const billing = await agent('billing', { transports: ['memory', kept.transport()] })
    const subscription = await billing.subscribe(OrderPlaced, () => undefined, { durable: true })
    expect(await failureOf(() => billing.transports.remove(name))).toMatchObject({ code: 'SM_CAPABILITY_MISSING' })
    expect(names(billing)).toEqual(['memory', name])
    await subscription.close()
    expect(await billing.transports.remove(name)).toEqual({ isComplete: true })
  })

  it('is not where the agent may send by no other', async () => {
    const { agent, both, name } = sideWorld()
    const shop = await agent('shop', { ...both, route: { only: [name] } })
    expect(await failureOf(() => shop.transports.remove(name))).toMatchObject({ code: 'SM_ROUTE_POLICY' })
    expect(await shop.transports.remove('memory')).toEqual({ isComplete: true })
  })

  it('is forgotten also when its stop fails, which is told', async () => {
    const { agent, both, name } = sideWorld({ stopFailure: new Error('did not stop') })
    const shop = await agent('shop', both)
    expect(await failureOf(() => shop.transports.remove(name))).toMatchObject({ message: 'did not stop' })
    expect(names(shop)).toEqual(['memory'])
  })

  it('once for all who ask, and at once where it is not to be drained', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', sideOnly), await agent('billing', both)]
    await billing.subscribe(OrderPlaced, () => new Promise(() => {}))
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await settle()
    const first = billing.transports.remove(name)
    await settle()
    const second = billing.transports.remove(name, { drain: false })
    expect(await Promise.all([first, second])).toEqual([{ isComplete: false }, { isComplete: false }])
  })

  it('that only publishes goes without any other having to stay', async () => {
    const { agent, both, name } = sideWorld({ capabilities: { publishOnly: true } })
    const shop = await agent('shop', both)
    expect(await shop.transports.remove(name)).toEqual({ isComplete: true })
    expect(await failureOf(() => shop.transports.remove('memory'))).toMatchObject({ code: 'SM_TRANSPORT_CHANGE' })
  })

  it('while the agent stops keeps neither from its end', async () => {
    const { agent, both, name } = sideWorld()
    const shop = await agent('shop', both)
    const [removed, stopped] = await Promise.all([shop.transports.remove(name), shop.stop()])
    expect([removed, stopped]).toMatchObject([{ isComplete: true }, { abandoned: 0 }])
  })
})
