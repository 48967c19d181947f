import { describe, expect, it } from 'vitest'
import { failureOf, GetQuote, OrderPlaced, take } from './orders.ts'
import { sideTransport } from './side-transport.ts'
import { testWorld } from './test-world.ts'

/** The event loop comes round once. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

describe('a stop', () => {
  it('of an agent that did nothing is done at once', async () => {
    const { agent, clock } = testWorld()
    const shop = await agent('shop')
    expect(await shop.stop()).toEqual({ completed: 0, handedBack: 0, abandoned: 0, unsent: 0 })
    expect(clock.pending).toBe(0)
  })

  it('ends the requests of the agent that are still under way', async () => {
    const { agent, settle } = testWorld()
    const [shop, pricing] = [await agent('shop'), await agent('pricing')]
    pricing.subscribe(GetQuote, () => new Promise<never>(() => {}))
    const failure = failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))
    await settle()
    await shop.stop()
    expect(await failure).toMatchObject({
      code: 'SM_AGENT_STOPPED',
      message: expect.stringContaining('shop stopped before the reply came'),
    })
  })

  it('refuses every use of the agent after it', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    await shop.stop()
    const uses = [
      () => shop.publish(OrderPlaced, { n: 1 }),
      () => shop.request(GetQuote, { sku: 'x' }),
      () => shop.subscribe(OrderPlaced, () => {}),
      () => shop.subscribe(OrderPlaced),
    ]
    for (const use of uses) {
      expect(await failureOf(use)).toMatchObject({
        code: 'SM_AGENT_STOPPED',
        message: expect.stringMatching(/shop has stopped and cannot (publish|request|subscribe)\. Create a new agent/),
      })
    }
  })

  it('that one transport fails still stops the others, leaves nothing behind and tells of it', async () => {
    const { agent, clock } = testWorld()
    const side = sideTransport('stuck-at-stop', { rank: 5, stopFailure: new Error('the broker is gone') })
    const shop = await agent('shop', { transports: [side.transport(), 'memory'] })
    take(shop)
    expect((await failureOf(() => shop.stop())).message).toBe('the broker is gone')
    expect((await shop.health()).transports.memory?.state).toBe('stopped')
    expect(clock.pending).toBe(0)
  })

  it('comes by itself at the end of a block', async () => {
    const world = testWorld()
    let kept: Awaited<ReturnType<typeof world.agent>>
    {
      await using agent = await world.agent('shop')
      kept = agent
    }
    expect((await kept.health()).state).toBe('stopped')
  })

  it('leaves no timer behind, whatever the agent did', async () => {
    const { agent, clock, settle } = testWorld()
    const [shop, pricing] = [await agent('shop'), await agent('pricing')]
    pricing.subscribe(GetQuote, async () => {
      await turn()
      return { price: 1 }
    })
    take(pricing)
    await shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' })
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    await Promise.all([shop.stop(), pricing.stop()])
    expect(clock.pending).toBe(0)
  })
})
