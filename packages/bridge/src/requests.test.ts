import { SmError } from '@sm/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../../tooling/test/transport-world.ts'
import { bridgeWorld, counted, GetQuote } from '../test/bridge-world.ts'

const both = { types: ['quote.*'], agents: ['pricing', 'nobody'] }

/** Sides with a bridge between them, someone who asks, and someone who answers. */
async function askingWorld(options: object = both, instances = 1) {
  const world = bridgeWorld()
  const pricing = await world.agent('pricing', 'far')
  const bridges = []
  for (const _ of numbers(instances)) bridges.push(await world.bridge('near', 'far', options))
  const shop = await world.agent('shop', 'near')
  return { ...world, pricing, bridges, bridge: bridges[0] as (typeof bridges)[0], bridgeMore: world.bridge, shop }
}

const failed = (reply: Promise<unknown>) => reply.catch((error: unknown) => error)

describe('a request crosses', () => {
  it('to an agent of the far side, and its reply comes back', async () => {
    const { pricing, shop, bridge } = await askingWorld()
    await pricing.subscribe(GetQuote, ({ sku }) => sku.length)
    expect(await shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing' })).toBe(3)
    expect((await bridge.health()).counters).toMatchObject({ forwarded: 1, returned: 1, lost: 0 })
  })

  it('by its type, and the first reply wins', async () => {
    const { pricing, shop } = await askingWorld()
    await pricing.subscribe(GetQuote, ({ sku }) => sku.length)
    expect(await shop.request(GetQuote, { sku: 'tea' })).toBe(3)
  })

  it('many at once, from several who ask, each to its own reply', async () => {
    const { pricing, shop, agent, bridge } = await askingWorld()
    await pricing.subscribe(GetQuote, ({ sku }) => Number(sku) * 2)
    const desk = await agent('desk', 'near')
    const ask = (n: number) => (n % 2 ? shop : desk).request(GetQuote, { sku: String(n) }, { to: 'pricing' })
    expect(await Promise.all(numbers(200).map(ask))).toEqual(numbers(200).map(n => n * 2))
    expect((await bridge.health()).replyInboxes).toBe(2)
  })

  it('and an error of the handler comes back with its code', async () => {
    const { pricing, shop } = await askingWorld()
    await pricing.subscribe(GetQuote, () => {
      throw new SmError('SM_TEST_STOCK', 'None is left')
    })
    const error = await failed(shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing' }))
    expect(error).toMatchObject({ code: 'SM_TEST_STOCK', message: 'None is left' })
  })

  it('and who gives up aborts the handler on the far side', async () => {
    const { pricing, shop, settle } = await askingWorld()
    const aborted = Promise.withResolvers<string>()
    await pricing.subscribe(GetQuote, async (_, { signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      aborted.resolve((signal.reason as SmError).message)
      return 0
    })
    const asking = new AbortController()
    const error = failed(shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing', signal: asking.signal }))
    await settle()
    asking.abort()
    expect(await error).toMatchObject({ name: 'AbortError' })
    expect(await aborted.promise).toContain('has given up')
  })

  it('and whoever asks an agent that is not there is told at once', async () => {
    const { shop, bridge } = await askingWorld()
    const error = await failed(shop.request(GetQuote, { sku: 'tea' }, { to: 'nobody' }))
    expect(error).toMatchObject({ code: 'SM_ROUTE_NONE', message: expect.stringContaining('nobody') })
    expect((await bridge.health()).counters).toMatchObject({ lost: 1, forwarded: 0 })
  })

  it('over two bridges in a row, and back', async () => {
    const { agent, bridge } = bridgeWorld()
    const pricing = await agent('pricing', 'c')
    await pricing.subscribe(GetQuote, ({ sku }) => sku.length)
    await bridge('a', 'b', both)
    await bridge('b', 'c', both)
    const shop = await agent('shop', 'a')
    expect(await shop.request(GetQuote, { sku: 'green tea' }, { to: 'pricing' })).toBe(9)
  })

  it('in both directions at once', async () => {
    const { agent, bridge } = bridgeWorld()
    const here = await agent('stock', 'near')
    const there = await agent('pricing', 'far')
    await here.subscribe(GetQuote, () => 1, { only: 'direct' })
    await there.subscribe(GetQuote, () => 2, { only: 'direct' })
    await bridge('near', 'far', { types: [], agents: ['pricing'] })
    await bridge('far', 'near', { types: [], agents: ['stock'] })
    expect(await here.request(GetQuote, { sku: 'x' }, { to: 'pricing' })).toBe(2)
    expect(await there.request(GetQuote, { sku: 'x' }, { to: 'stock' })).toBe(1)
  })
})

describe('several instances', () => {
  it.each([2, 3])('%i carry each request once, and bring each reply back once', async count => {
    const { pricing, shop, bridges } = await askingWorld(both, count)
    const asked: string[] = []
    await pricing.subscribe(GetQuote, ({ sku }) => {
      asked.push(sku)
      return Number(sku)
    })
    const ask = (n: number) => shop.request(GetQuote, { sku: String(n) }, { to: 'pricing' })
    expect(await Promise.all(numbers(60).map(ask))).toEqual(numbers(60))
    expect(asked).toHaveLength(60)
    expect(await counted(bridges, 'forwarded')).toBe(60)
    expect(await counted(bridges, 'returned')).toBe(60)
    expect((await shop.health()).counters.lateReplies).toBe(0)
  })

  it('bring back a reply whose request was carried by one that has gone', async () => {
    const { pricing, shop, bridge, bridgeMore, settle } = await askingWorld(both)
    const answer = Promise.withResolvers<number>()
    await pricing.subscribe(GetQuote, () => answer.promise)
    const other = await bridgeMore('near', 'far', { ...both })
    await settle()
    const reply = shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing' })
    await settle()
    expect(await counted([bridge], 'forwarded')).toBe(1)
    expect(await counted([other], 'forwarded')).toBe(0)
    expect((await other.health()).replyInboxes, 'It was told').toBe(1)
    await bridge.stop({ drain: false })
    answer.resolve(7)
    expect(await reply).toBe(7)
    expect(await counted([other], 'returned')).toBe(1)
  })
})

describe('inboxes for replies', () => {
  it('close when nobody has asked for a while, on all instances', async () => {
    const { pricing, shop, bridges, clock, settle } = await askingWorld({ ...both, replyIdleMs: 1_000 }, 2)
    await pricing.subscribe(GetQuote, () => 1)
    await shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing', timeoutMs: 2_000 })
    await settle()
    expect((await Promise.all(bridges.map(each => each.health()))).map(({ replyInboxes }) => replyInboxes)).toEqual([
      1, 1,
    ])
    await clock.advance(10_000)
    expect((await Promise.all(bridges.map(each => each.health()))).map(({ replyInboxes }) => replyInboxes)).toEqual([
      0, 0,
    ])
    expect(await shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing' })).toBe(1)
  })

  it('stay open as long as a slow reply may come', async () => {
    const { pricing, shop, clock, settle } = await askingWorld({ ...both, replyIdleMs: 100 })
    const answer = Promise.withResolvers<number>()
    await pricing.subscribe(GetQuote, () => answer.promise, { timeoutMs: 60_000 })
    const reply = shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing', timeoutMs: 30_000 })
    await settle()
    await clock.advance(20_000)
    answer.resolve(5)
    expect(await reply).toBe(5)
  })

  it('are at most so many: further requests fail at once, until one is free', async () => {
    const { pricing, shop, agent, clock } = await askingWorld({ ...both, maxReplyInboxes: 1, replyIdleMs: 1_000 })
    await pricing.subscribe(GetQuote, () => 1)
    const desk = await agent('desk', 'near')
    expect(await shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing', timeoutMs: 1_000 })).toBe(1)
    const error = await failed(desk.request(GetQuote, { sku: 'tea' }, { to: 'pricing' }))
    expect(error).toMatchObject({ code: 'SM_BRIDGE_REPLIES', message: expect.stringContaining('maxReplyInboxes') })
    await clock.advance(5_000)
    expect(await desk.request(GetQuote, { sku: 'tea' }, { to: 'pricing' })).toBe(1)
  })
})

describe('a stop with a drain', () => {
  it('waits for the replies to requests that it has carried', async () => {
    const { pricing, shop, bridge, settle, clock } = await askingWorld()
    const answer = Promise.withResolvers<number>()
    await pricing.subscribe(GetQuote, () => answer.promise)
    const reply = shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing' })
    await settle()
    expect((await bridge.health()).awaitedReplies).toBe(1)
    const stopped = bridge.stop()
    await settle()
    answer.resolve(4)
    await settle()
    expect(await reply).toBe(4)
    await clock.advance(100)
    await stopped
  })

  it('waits for no reply that will not come: nobody was there, nobody heard it, or who asked has given up', async () => {
    const { pricing, shop, bridge, settle } = await askingWorld()
    await pricing.subscribe(GetQuote, () => new Promise<number>(() => {}), { only: 'direct' })
    const nobody = failed(shop.request(GetQuote, { sku: 'tea' }, { to: 'nobody' }))
    const asking = new AbortController()
    const givenUp = failed(shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing', signal: asking.signal }))
    const unheard = failed(shop.request(GetQuote, { sku: 'tea' }, { timeoutMs: 60_000 }))
    await settle()
    expect((await bridge.health()).awaitedReplies).toBe(1)
    asking.abort()
    await settle()
    await bridge.stop()
    expect(await nobody).toMatchObject({ code: 'SM_ROUTE_NONE' })
    expect(await givenUp).toMatchObject({ name: 'AbortError' })
    await shop.stop()
    expect(await unheard).toMatchObject({ code: 'SM_AGENT_STOPPED' })
  })

  it('waits for no reply longer than its requester does', async () => {
    const { pricing, shop, bridge, settle, clock } = await askingWorld()
    await pricing.subscribe(GetQuote, () => new Promise<number>(() => {}))
    const reply = failed(shop.request(GetQuote, { sku: 'tea' }, { to: 'pricing', timeoutMs: 300 }))
    await settle()
    const stopped = bridge.stop()
    await clock.advance(400)
    await stopped
    expect(await reply).toMatchObject({ code: 'SM_REQUEST_TIMEOUT' })
  })
})
