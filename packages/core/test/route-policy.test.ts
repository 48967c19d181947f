import { describe, expect, it } from 'vitest'
import { createAgent, defineMessage, type RoutePolicy, unchecked } from '../src/index.ts'
import { failureOf, GetQuote, OrderPlaced, take } from './orders.ts'
import { sideWorld } from './side-world.ts'

async function shopAndBilling() {
  const world = sideWorld()
  const [shop, billing] = [await world.agent('shop', world.both), await world.agent('billing', world.both)]
  const { contexts } = take(billing)
  const by = async (route?: RoutePolicy) =>
    (await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing', ...(route && { route }) })).transports[0]
  return { ...world, shop, billing, contexts, by }
}

describe('a publish', () => {
  it('takes the transport that it prefers, and the ladder decides the rest', async () => {
    const { by, name } = await shopAndBilling()
    expect([await by(), await by({ prefer: [name] }), await by()]).toEqual(['memory', name, 'memory'])
  })

  it('takes none but those that it names', async () => {
    const { by, name, shop, agent, both } = await shopAndBilling()
    expect(await by({ only: [name] })).toBe(name)
    take(await agent('desk', { transports: ['memory'] }))
    const options = { to: 'desk', route: { only: [name] } }
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))).toMatchObject({ code: 'SM_ROUTE_NONE' })
    expect(both.transports).toHaveLength(2)
  })

  it('takes what it avoids only where nothing else reaches the receiver', async () => {
    const { by, name, shop, agent } = await shopAndBilling()
    expect(await by({ avoid: ['memory'] })).toBe(name)
    take(await agent('desk', { transports: ['memory'] }))
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'desk', route: { avoid: ['memory'] } })).toMatchObject({
      transports: ['memory'],
    })
  })

  it('to all goes only by those that it names', async () => {
    const { shop, name } = await shopAndBilling()
    expect(await shop.publish(OrderPlaced, { n: 1 }, { route: { only: [name] } })).toMatchObject({ transports: [name] })
  })

  it('is refused, before anything leaves, where it names a transport that the agent does not have', async () => {
    const { by, side } = await shopAndBilling()
    expect(await failureOf(() => by({ only: ['pigeon'] }))).toMatchObject({
      code: 'SM_ROUTE_POLICY',
      message: expect.stringContaining('pigeon'),
      details: { outcome: 'failed' },
    })
    expect(side.behaviour.published).toEqual([])
  })
})

it('a request takes the transport that it names', async () => {
  const { shop, billing, name, side } = await shopAndBilling()
  billing.subscribe(GetQuote, () => ({ price: 7 }))
  await shop.request(GetQuote, { sku: 'x' }, { to: 'billing', route: { only: [name] } })
  expect(side.behaviour.published[0]?.header.type).toBe('quote.get')
})

describe('the wishes of', () => {
  it('a message type win over those of the agent, and those of a publish over both', async () => {
    const { agent, both, name } = sideWorld()
    const shop = await agent('shop', { ...both, route: { prefer: [name] } })
    const Note = defineMessage('note', { schema: unchecked<string>(), route: { prefer: ['memory'] } })
    const billing = await agent('billing', both)
    take(billing)
    await billing.subscribe(Note, () => undefined)
    const to = 'billing'
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to })).toMatchObject({ transports: [name] })
    expect(await shop.publish(Note, 'x', { to })).toMatchObject({ transports: ['memory'] })
    const route = { prefer: [name] }
    expect(await shop.publish(Note, 'x', { to, route })).toMatchObject({ transports: [name] })
    expect(String(shop.explain(Note, { to, route }))).toContain(`→ ${name} via billing: preferred with a route`)
  })

  it('a message type may name transports that an agent does not have, but must leave one', async () => {
    const { agent } = sideWorld()
    const shop = await agent('shop')
    const Wide = defineMessage('wide', { schema: unchecked<string>(), route: { prefer: ['amqp'] } })
    const Far = defineMessage('far', { schema: unchecked<string>(), route: { only: ['amqp'] } })
    expect(await shop.publish(Wide, 'x')).toMatchObject({ evidence: 'none' })
    expect(await failureOf(() => shop.publish(Far, 'x'))).toMatchObject({
      code: 'SM_ROUTE_POLICY',
      message: expect.stringContaining('only amqp may carry it, and the agent has memory'),
    })
  })

  it('an agent are refused with the agent where they name a transport that it does not have', async () => {
    const bad = () => createAgent('shop', { transports: ['memory'], route: { avoid: ['amqp'] } })
    expect(await failureOf(bad)).toMatchObject({ code: 'SM_ROUTE_POLICY' })
  })

  it('a message type are refused with its definition where they contradict each other', () => {
    const options = { schema: unchecked<string>(), route: { prefer: ['nats'], avoid: ['nats'] } }
    expect(() => defineMessage('note', options)).toThrow('SM_ROUTE_POLICY')
  })
})
