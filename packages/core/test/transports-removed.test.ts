import { describe, expect, it } from 'vitest'
import type { Agent } from '../src/agent/index.ts'
import { manualTransport } from './manual-transport.ts'
import { failureOf, OrderPlaced, take } from './orders.ts'
import { sideWorld } from './side-world.ts'
import { testWorld } from './test-world.ts'

let wires = 0
const manual = (rank = 20) => manualTransport(`removed-${wires++}`, rank)

const names = (agent: Agent) => agent.transports.list().map(({ name }) => name)

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
      message: expect.stringContaining('add another before'),
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
