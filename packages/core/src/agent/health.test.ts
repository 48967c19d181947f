import { describe, expect, it } from 'vitest'
import { GetQuote, OrderPlaced, take, upTo } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'

describe('the health of an agent', () => {
  it('is good from its start to its stop', async () => {
    const { agent } = testWorld()
    const billing = await agent('billing')
    expect(await billing.health()).toMatchObject({
      state: 'running',
      healthy: true,
      transports: { memory: { state: 'ready' } },
      unsettled: 0,
      running: 0,
      requests: 0,
    })
    await billing.stop()
    expect(await billing.health()).toMatchObject({
      state: 'stopped',
      healthy: false,
      transports: { memory: { state: 'stopped' } },
    })
  })

  it('counts what was published, delivered and settled', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    take(billing)
    for (const n of upTo(3)) await shop.publish(OrderPlaced, { n })
    await shop.publish(OrderPlaced, { n: 9 }, { to: 'nobody' }).catch(() => undefined)
    await settle()
    expect((await shop.health()).counters).toMatchObject({ published: 3, publishFailed: 1, delivered: 0 })
    expect((await billing.health()).counters).toMatchObject({ published: 0, delivered: 3, handled: 3, acked: 3 })
  })

  it('tells what is under way now', async () => {
    const { agent, settle } = testWorld()
    const [shop, pricing] = [await agent('shop'), await agent('pricing')]
    const end = Promise.withResolvers<{ price: number }>()
    pricing.subscribe(GetQuote, () => end.promise, { concurrency: 1 })
    const quotes = upTo(3).map(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))
    await settle()
    expect(await shop.health()).toMatchObject({ requests: 3, running: 0 })
    expect(await pricing.health()).toMatchObject({ unsettled: 3, running: 1 })
    end.resolve({ price: 1 })
    await Promise.all(quotes)
    await settle()
    expect(await shop.health()).toMatchObject({ requests: 0 })
    expect(await pricing.health()).toMatchObject({ unsettled: 0, running: 0 })
  })

  it('is a snapshot that does not change afterwards', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const before = await shop.health()
    await shop.publish(OrderPlaced, { n: 1 })
    expect([before.counters.published, (await shop.health()).counters.published]).toEqual([0, 1])
  })
})
