import { describe, expect, it } from 'vitest'
import { defineMessage, unchecked } from '../src/index.ts'
import { smError } from '../src/transport-author.ts'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from './orders.ts'
import type { Side } from './side-transport.ts'
import { sideWorld } from './side-world.ts'

const idsOf = ({ behaviour }: Side) => behaviour.published.map(({ header }) => header.id)

describe('a direct message', () => {
  it('takes the first transport of the ladder that has a route, and no other', async () => {
    const { agent, settle, both, side } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { numbers, contexts } = take(billing)
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })).toMatchObject({ transports: ['memory'] })
    await settle()
    expect([numbers, contexts[0]?.transport, idsOf(side)]).toEqual([[1], 'memory', []])
  })

  it('takes the transport by which the receiver can be reached', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', sideOnly)]
    const { numbers } = take(billing)
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })).toMatchObject({ transports: [name] })
    await settle()
    expect(numbers).toEqual([1])
  })

  it('takes the transport that its agent’s own ladder names first', async () => {
    const { agent, both, name } = sideWorld()
    const shop = await agent('shop', { ...both, ladder: [name] })
    take(await agent('billing', both))
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })).toMatchObject({ transports: [name] })
  })

  it('takes the transport that is lower on the ladder by its rank', async () => {
    const { agent, both, name } = sideWorld({ rank: 5 })
    const shop = await agent('shop', both)
    take(await agent('billing', both))
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })).toMatchObject({ transports: [name] })
  })

  it('moves to the next transport under the same id when the first one fails', async () => {
    const failure = smError('SM_PUBLISH_FAILED', 'The wire broke', { details: { outcome: 'failed' } })
    const { agent, settle, both, side } = sideWorld({ rank: 5, failure })
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { contexts } = take(billing)
    const { id, transports } = await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await settle()
    expect([transports, idsOf(side)]).toEqual([['memory'], [id]])
    expect(contexts.map(({ header, transport }) => [header.id, transport])).toEqual([[id, 'memory']])
  })

  it('that moved although the first transport had delivered it is handled once', async () => {
    const { agent, settle, both } = sideWorld({ rank: 5, lateFailure: new Error('no answer') })
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { numbers } = take(billing)
    const to = `billing/${billing.instance}`
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to })).toMatchObject({ transports: ['memory'] })
    await settle()
    expect(numbers).toEqual([1])
    expect((await billing.health()).counters).toMatchObject({ delivered: 2, handled: 1, duplicates: 1 })
  })

  it('that is sent at most once does not move when the first transport may have delivered it', async () => {
    const { agent, settle, both } = sideWorld({ rank: 5, lateFailure: new Error('no answer') })
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { numbers } = take(billing)
    const options = { to: 'billing', delivery: 'at-most-once' } as const
    expect((await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))).message).toBe('no answer')
    await settle()
    expect(numbers).toEqual([1])
  })

  it('fails with what the last transport said when all of them fail', async () => {
    const { agent, both, sideOnly } = sideWorld({ failure: smError('SM_PUBLISH_FAILED', 'The wire broke') })
    const shop = await agent('shop', both)
    take(await agent('billing', sideOnly))
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_PUBLISH_FAILED',
      message: expect.stringContaining('The wire broke'),
    })
    expect((await shop.health()).counters).toMatchObject({ published: 0, publishFailed: 1 })
  })

  it('that is too large for one transport goes by the next', async () => {
    const { agent, settle, both } = sideWorld({ rank: 5, maxFrameBytes: 300 })
    const Letter = defineMessage('letter.sent', { schema: unchecked<{ text: string }>() })
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const by: string[] = []
    billing.subscribe(Letter, (_letter, { transport }) => void by.push(transport))
    await shop.publish(Letter, { text: 'short' }, { to: 'billing' })
    await shop.publish(Letter, { text: 'long'.repeat(100) }, { to: 'billing' })
    await settle()
    expect(by).toEqual([expect.stringMatching(/^side/), 'memory'])
  })
})

describe('a broadcast', () => {
  it('takes as few transports as reach all who are known, and each of them handles it once', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const taken = [take(billing)]
    await settle()
    expect((await shop.publish(OrderPlaced, { n: 1 })).transports).toEqual(['memory'])
    taken.push(take(await agent('desk', sideOnly)))
    await settle()
    expect((await shop.publish(OrderPlaced, { n: 2 })).transports).toEqual([name])
    await settle()
    expect(taken.map(({ numbers }) => numbers)).toEqual([[1, 2], [2]])
    expect((await billing.health()).counters).toMatchObject({ delivered: 2, duplicates: 0 })
  })

  it('moves to another transport that reaches all when one fails, under the same id', async () => {
    const { agent, settle, side, both, name } = sideWorld({
      failure: smError('SM_PUBLISH_FAILED', 'The wire broke', { details: { outcome: 'failed' } }),
    })
    const [shop, billing] = [await agent('shop', { ...both, route: { prefer: [name] } }), await agent('billing', both)]
    const { numbers } = take(billing)
    await settle()
    const { id, transports } = await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect([transports, numbers, side.behaviour.published.map(({ header }) => header.id)]).toEqual([
      ['memory'],
      [1],
      [id],
    ])
  })

  it('by all takes every transport that reaches a subscriber, and each subscriber handles it once', async () => {
    const { agent, settle, both, sideOnly, name } = sideWorld()
    const [shop, billing, desk] = [
      await agent('shop', both),
      await agent('billing', both),
      await agent('desk', sideOnly),
    ]
    const taken = [take(billing), take(desk)]
    const receipts = []
    for (const n of upTo(20)) receipts.push(await shop.publish(OrderPlaced, { n }, { via: 'all' }))
    await settle()
    expect(receipts[0]).toMatchObject({ evidence: 'accepted', copies: 3, transports: ['memory', name] })
    expect(taken.map(({ numbers }) => numbers.toSorted((a, b) => a - b))).toEqual([upTo(20), upTo(20)])
    expect((await billing.health()).counters).toMatchObject({ delivered: 40, duplicates: 20 })
  })

  it('by all is handled once by the instances of an agent together, whichever wire brings it to which', async () => {
    const { agent, settle, both } = sideWorld()
    const shop = await agent('shop', both)
    const members = [take(await agent('billing', both)), take(await agent('billing', both))]
    for (const n of upTo(20))
      await shop.publish(OrderPlaced, { n }, { via: 'all', delivery: n % 2 ? 'at-most-once' : 'at-least-once' })
    await settle()
    expect(members.flatMap(({ numbers }) => numbers).toSorted((a, b) => a - b)).toEqual(upTo(20))
  })

  it('by all whose slow handler runs when the copy comes does not run beside it, and the copy is acked after it', async () => {
    const { agent, settle, both } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const end = Promise.withResolvers<void>()
    let runs = 0
    billing.subscribe(OrderPlaced, () => {
      runs += 1
      return end.promise
    })
    await shop.publish(OrderPlaced, { n: 1 }, { via: 'all' })
    await settle()
    expect([runs, (await billing.health()).counters.acked]).toEqual([1, 0])
    end.resolve()
    await settle()
    expect([runs, (await billing.health()).counters.acked]).toEqual([1, 2])
  })

  it('by all that one transport does not take fails, says who has got it, and the others have', async () => {
    const { agent, settle, both } = sideWorld({ failure: smError('SM_PUBLISH_FAILED', 'The wire broke') })
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { numbers } = take(billing)
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: 'all' }))).toMatchObject({
      code: 'SM_PUBLISH_FAILED',
      message: expect.stringContaining('memory took the message'),
      details: { outcome: 'unknown', taken: ['memory'] },
    })
    await settle()
    expect(numbers).toEqual([1])
  })
})

describe('a request', () => {
  it('is answered over the transport that brought it', async () => {
    const { agent, both, sideOnly, side } = sideWorld({ encodes: true })
    const [shop, pricing] = [await agent('shop', both), await agent('pricing', sideOnly)]
    pricing.subscribe(GetQuote, () => ({ price: 7 }))
    expect(await shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' })).toEqual({ price: 7 })
    expect(side.behaviour.published.map(({ header }) => header.type)).toEqual(['quote.get', 'sm.reply'])
  })

  it('that comes over two wires is handled and answered once', async () => {
    const { agent, settle, both } = sideWorld()
    const [shop, pricing] = [await agent('shop', both), await agent('pricing', both)]
    let runs = 0
    pricing.subscribe(GetQuote, () => ({ price: ++runs }))
    expect(await shop.request(GetQuote, { sku: 'x' }, { via: 'all' })).toEqual({ price: 1 })
    await settle()
    expect([runs, (await shop.health()).counters.lateReplies]).toEqual([1, 0])
  })
})
