import { describe, expect, it } from 'vitest'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { defineMessage, unchecked } from '../message/index.ts'
import type { SubscribeOptions } from '../settings/index.ts'

describe('the instances of an agent', () => {
  it('share what is published: one of them gets each message', async () => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop')
    const members = [take(await agent('billing')), take(await agent('billing')), take(await agent('billing'))]
    for (const n of upTo(9)) await shop.publish(OrderPlaced, { n })
    await settle()
    expect(members.map(({ numbers }) => numbers.length)).toEqual([3, 3, 3])
    expect(members.flatMap(({ numbers }) => numbers).toSorted()).toEqual(upTo(9))
  })

  it('each get a copy when they ask for it', async () => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop')
    const members = [take(await agent('billing'), { each: true }), take(await agent('billing'), { each: true })]
    const receipt = await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect([receipt.copies, members.map(({ numbers }) => numbers)]).toEqual([2, [[1], [1]]])
  })

  it('may share a group with other agents', async () => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop')
    const members = [take(await agent('billing'), { group: 'clerks' }), take(await agent('desk'), { group: 'clerks' })]
    for (const n of upTo(4)) await shop.publish(OrderPlaced, { n })
    await settle()
    expect(members.map(({ numbers }) => numbers.length)).toEqual([2, 2])
  })
})

describe('a subscription', () => {
  it('to a pattern gets whatever fits it, with payloads as they came', async () => {
    const { agent, settle } = testWorld()
    const [shop, scribe] = [await agent('shop'), await agent('scribe')]
    const lines: unknown[] = []
    scribe.subscribePattern('order.*', (payload, { header }) => void lines.push([header.type, payload]))
    const Shipped = defineMessage('order.shipped', { schema: unchecked<{ by: string }>() })
    const Item = defineMessage('order.item.added', { schema: unchecked<object>() })
    await shop.publish(OrderPlaced, { n: 1 })
    await shop.publish(Shipped, { by: 'sea' })
    await shop.publish(Item, {})
    await settle()
    expect(lines).toEqual([
      ['order.placed', { n: 1 }],
      ['order.shipped', { by: 'sea' }],
    ])
  })

  it('to everything gets what is addressed to the agent too, but none of the library’s own messages', async () => {
    const { agent, settle, clock } = testWorld()
    const [shop, scribe, pricing] = [await agent('shop'), await agent('scribe'), await agent('pricing')]
    const types: string[] = []
    scribe.subscribePattern('#', (_payload, { header }) => void types.push(header.type))
    pricing.subscribe(GetQuote, () => new Promise<never>(() => {}))
    const controller = new AbortController()
    const request = failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing', signal: controller.signal }))
    await settle()
    controller.abort()
    await request
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'scribe' })
    await shop.publish(OrderPlaced, { n: 2 })
    await clock.advance(1_000)
    expect(types).toEqual(['order.placed', 'order.placed'])
  })

  it('takes only what is addressed to the agent, or only broadcasts, when it says so', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const direct = take(billing, { only: 'direct' })
    const broadcast = take(billing, { only: 'broadcast' })
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await shop.publish(OrderPlaced, { n: 2 })
    await settle()
    expect([direct.numbers, broadcast.numbers]).toEqual([[1], [2]])
  })

  it('takes only what certain agents send, when it says so', async () => {
    const { agent, settle } = testWorld()
    const [shop, desk, billing] = [await agent('shop'), await agent('desk'), await agent('billing')]
    const { numbers } = take(billing, { from: ['desk', /^probe/] })
    await shop.publish(OrderPlaced, { n: 1 })
    await desk.publish(OrderPlaced, { n: 2 })
    await settle()
    expect(numbers).toEqual([2])
    expect((await billing.health()).counters.ignored).toBe(1)
  })

  it('that is closed takes nothing more, and lets end what it has begun', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const end = Promise.withResolvers<void>()
    const begun: number[] = []
    const subscription = billing.subscribe(OrderPlaced, ({ n }) => {
      begun.push(n)
      return end.promise
    })
    await shop.publish(OrderPlaced, { n: 1 })
    await shop.publish(OrderPlaced, { n: 2 }, { to: 'billing' })
    await settle()
    let closed = false
    const closing = subscription.close().then(() => {
      closed = true
    })
    expect(await shop.publish(OrderPlaced, { n: 3 })).toMatchObject({ evidence: 'none' })
    await settle()
    expect([begun, closed]).toEqual([[1, 2], false])
    end.resolve()
    await closing
    expect((await billing.health()).counters).toMatchObject({ handled: 2, acked: 2 })
  })

  it('closed without a drain begins nothing more, and what waited goes to another instance', async () => {
    const { agent, settle } = testWorld()
    const [shop, first, second] = [await agent('shop'), await agent('billing'), await agent('billing')]
    const end = Promise.withResolvers<void>()
    const begun: number[] = []
    const subscription = first.subscribe(
      OrderPlaced,
      ({ n }) => {
        begun.push(n)
        return end.promise
      },
      { concurrency: 1 },
    )
    for (const n of upTo(4)) await shop.publish(OrderPlaced, { n })
    await settle()
    await subscription.close({ drain: false })
    const { numbers } = take(second)
    await settle()
    expect([begun, numbers.toSorted()]).toEqual([[0], [1, 2, 3]])
    end.resolve()
    await settle()
    expect([begun, numbers.toSorted()]).toEqual([[0], [1, 2, 3]])
  })

  it('is closed by its signal, also by one that is aborted already', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const controller = new AbortController()
    const { numbers } = take(billing, { signal: controller.signal })
    const late = take(billing, { signal: AbortSignal.abort(), name: 'late' })
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    controller.abort()
    await shop.publish(OrderPlaced, { n: 2 })
    await settle()
    expect([numbers, late.numbers]).toEqual([[1], []])
  })

  it('is closed at the end of its block', async () => {
    const { agent } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    {
      await using subscription = billing.subscribe(OrderPlaced, () => {})
      await subscription.ready
      expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ copies: 1 })
    }
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ copies: 0 })
  })

  it.each<[string, SubscribeOptions, string, RegExp]>([
    ['each and group', { each: true, group: 'x' }, 'SM_SUBSCRIPTION_OPTIONS', /"each" and "group"/],
    ['each and durable', { each: true, durable: true }, 'SM_SUBSCRIPTION_OPTIONS', /"each" and "durable"/],
    ['no concurrency', { concurrency: 0 }, 'SM_SUBSCRIPTION_OPTIONS', /concurrency is 0/],
    ['no prefetch', { prefetch: 0 }, 'SM_SUBSCRIPTION_OPTIONS', /prefetch is 0/],
    ['no time', { timeoutMs: 0 }, 'SM_SUBSCRIPTION_OPTIONS', /timeoutMs is 0/],
    ['no try', { retry: { maxAttempts: 0 } }, 'SM_SUBSCRIPTION_OPTIONS', /retry\.maxAttempts is 0/],
    [
      'retries that outlast the memory',
      { retry: { maxAttempts: 1_000 } },
      'SM_SUBSCRIPTION_OPTIONS',
      /Retries may take/,
    ],
    ['a bad group', { group: 'A B' }, 'SM_NAME_INVALID', /group "A B"/],
    ['a bad filter', { from: 7 as never }, 'SM_SUBSCRIPTION_OPTIONS', /filter "from"/],
    ['durable where nothing is', { durable: true }, 'SM_CAPABILITY_MISSING', /no transport of the agent is durable/],
  ])('with %s is refused, and leaves nothing behind', async (_what, options, code, why) => {
    const { agent } = testWorld()
    const billing = await agent('billing')
    const error = await failureOf(() => billing.subscribe(OrderPlaced, () => {}, options))
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(why)
    expect(await billing.publish(OrderPlaced, { n: 1 })).toMatchObject({ copies: 0 })
  })

  it.each(['', 'a..b', 'order.pl*ced', '../order', 'order placed'])(
    'to the bad pattern %j is refused',
    async pattern => {
      const { agent } = testWorld()
      const billing = await agent('billing')
      expect(await failureOf(() => billing.subscribePattern(pattern, () => {}))).toMatchObject({
        code: 'SM_NAME_INVALID',
      })
    },
  )
})
