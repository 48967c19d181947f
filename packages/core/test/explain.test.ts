import { describe, expect, it } from 'vitest'
import { failureOf, OrderPlaced, take } from './orders.ts'
import { sideWorld } from './side-world.ts'

describe('an explanation', () => {
  it('says which transports a message would take now, and why not the others', async () => {
    const { agent, both, sideOnly, name } = sideWorld()
    const [shop, billing, desk] = [
      await agent('shop', both),
      await agent('billing', both),
      await agent('desk', sideOnly),
    ]
    take(billing)
    take(desk)
    expect(String(shop.explain(OrderPlaced, { to: 'billing' }))).toBe(
      [
        'To billing:',
        '  → memory via billing: first on the ladder with a route (subscribed) [will be accepted]',
        `  · ${name} via billing: in reserve behind memory [will be accepted]`,
      ].join('\n'),
    )
    expect(String(shop.explain(OrderPlaced, { to: 'desk' }))).toBe(
      [
        'To desk:',
        `  → ${name} via desk: first on the ladder with a route (subscribed) [will be accepted]`,
        '  × memory: knows no way to it',
      ].join('\n'),
    )
    // By memory nobody reaches the desk, and by the other all.
    expect(shop.explain(OrderPlaced)).toMatchObject({
      mode: 'all',
      routes: [{ transport: name, via: ['group billing', 'group desk'] }],
      skipped: [{ transport: 'memory', reason: `whoever is there is reached by ${name}` }],
    })
  })

  it('follows what changes: who comes, who goes', async () => {
    const { agent, both } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const ways = () => shop.explain(OrderPlaced, { to: 'billing' }).routes.map(({ transport }) => transport)
    expect(ways()).toEqual([])
    const subscription = billing.subscribe(OrderPlaced, () => {})
    expect(ways()).toHaveLength(2)
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await subscription.close()
    await billing.stop()
    expect(ways()).toEqual([])
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
  })
})

describe('the health of an agent with several transports', () => {
  it('tells the state of each', async () => {
    const { agent, both, name } = sideWorld()
    const { transports, healthy } = await (await agent('shop', both)).health()
    expect([Object.keys(transports), healthy]).toEqual([['memory', name], true])
  })
})
