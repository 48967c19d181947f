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
const manual = (rank = 20) => manualTransport(`added-${wires++}`, rank)
const bus = (rank = 20) => busTransport(`added-bus-${wires++}`, rank)

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
    await clock.advance(2_000)
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
    await clock.advance(2_900)
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
