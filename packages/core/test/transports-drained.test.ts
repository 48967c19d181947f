import { describe, expect, it } from 'vitest'
import type { Agent } from '../src/agent/index.ts'
import { manualTransport } from './manual-transport.ts'
import { failureOf, GetQuote, OrderPlaced, take } from './orders.ts'
import { sideWorld } from './side-world.ts'
import { testWorld } from './test-world.ts'

let wires = 0
const manual = (rank = 20) => manualTransport(`drained-${wires++}`, rank)

const names = (agent: Agent) => agent.transports.list().map(({ name }) => name)

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
