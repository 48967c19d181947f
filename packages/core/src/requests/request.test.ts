import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { failureOf, GetQuote, upTo } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { defineMessage } from '../message/index.ts'
import type { MessageContext } from '../receiving/context.ts'
import type { AgentOptions } from '../settings/index.ts'

async function setUp(options?: AgentOptions) {
  const world = testWorld()
  return { ...world, shop: await world.agent('shop', options), pricing: await world.agent('pricing') }
}

describe('a request', () => {
  it('is answered by what the handler returns, as the reply schema makes it', async () => {
    const { shop, pricing } = await setUp()
    const Rounded = defineMessage('quote.get', {
      schema: z.object({ sku: z.string() }),
      reply: z.object({ price: z.number().transform(Math.round), currency: z.string().default('EUR') }),
    })
    pricing.subscribe(Rounded, async ({ sku }) => ({ price: sku.length + 0.4 }))
    const quote = await shop.request(Rounded, { sku: 'tea' }, { to: 'pricing' })
    expectTypeOf(quote).toEqualTypeOf<{ readonly price: number; readonly currency: string }>()
    expect(quote).toEqual({ price: 3, currency: 'EUR' })
  })

  it('that is sent to no one in particular is answered by whoever handles its type', async () => {
    const { shop, pricing } = await setUp()
    pricing.subscribe(GetQuote, () => ({ price: 7 }))
    expect(await shop.request(GetQuote, { sku: 'x' })).toEqual({ price: 7 })
  })

  it('gets its own reply among many', async () => {
    const { shop, pricing } = await setUp()
    const held: Array<() => void> = []
    pricing.subscribe(GetQuote, async ({ sku }) => {
      await new Promise<void>(resolve => held.push(resolve))
      return { price: Number(sku) }
    })
    const quotes = Promise.all(upTo(10).map(n => shop.request(GetQuote, { sku: String(n) }, { to: 'pricing' })))
    while (held.length < 10) await new Promise(resolve => setImmediate(resolve))
    for (const release of held.toReversed()) release()
    expect((await quotes).map(({ price }) => price)).toEqual(upTo(10))
  })

  it('is answered to the instance that asked, and to no other', async () => {
    const { agent, shop, pricing } = await setUp()
    const other = await agent('shop')
    pricing.subscribe(GetQuote, ({ sku }) => ({ price: Number(sku) }))
    const quotes = await Promise.all([
      shop.request(GetQuote, { sku: '1' }, { to: 'pricing' }),
      other.request(GetQuote, { sku: '2' }, { to: 'pricing' }),
    ])
    expect(quotes).toEqual([{ price: 1 }, { price: 2 }])
    expect((await other.health()).counters.lateReplies).toBe(0)
  })

  it('is answered although the definition makes an ordering key of its payload', async () => {
    const { shop, pricing } = await setUp()
    const Keyed = defineMessage('quote.get', {
      schema: z.object({ item: z.object({ sku: z.string() }) }),
      reply: z.object({ price: z.number() }),
      key: ({ item }) => item.sku,
      replyTo: 'desk',
      ttlMs: 5_000,
    })
    const keys: unknown[] = []
    pricing.subscribe(Keyed, (_quote, { header }) => {
      keys.push(header.key)
      return { price: 1 }
    })
    expect(await shop.request(Keyed, { item: { sku: 'tea' } }, { to: 'pricing' })).toEqual({ price: 1 })
    expect(keys).toEqual(['tea'])
  })

  it('travels at most once, with its deadline and where to reply', async () => {
    const { shop, pricing, clock } = await setUp()
    let context: MessageContext | undefined
    pricing.subscribe(GetQuote, (_quote, given) => {
      context = given
      return { price: 1 }
    })
    await shop.request(GetQuote, { sku: 'x' }, { to: 'pricing', timeoutMs: 500 })
    expect(context?.header).toMatchObject({
      delivery: 'at-most-once',
      expiresAt: clock.now() + 500,
      replyTo: `shop/${shop.instance}`,
    })
  })
})

describe('a requester that gives up', () => {
  const answersLate = async () => {
    const world = await setUp()
    const end = Promise.withResolvers<{ price: number }>()
    const signals: AbortSignal[] = []
    world.pricing.subscribe(GetQuote, (_quote, { signal }) => {
      signals.push(signal)
      return end.promise
    })
    return { ...world, end, signals }
  }

  it('at its deadline gets SM_REQUEST_TIMEOUT, and the handler is told to stop', async () => {
    const { shop, clock, signals } = await answersLate()
    const failure = failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing', timeoutMs: 200 }))
    await clock.advance(240)
    expect(await failure).toMatchObject({ code: 'SM_REQUEST_TIMEOUT', message: expect.stringContaining('quote.get') })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('by its signal gets its own reason, and the handler is told to stop; other requests are not', async () => {
    const { shop, settle, signals, end } = await answersLate()
    const controller = new AbortController()
    const options = { to: 'pricing', signal: controller.signal }
    const given = failureOf(() => shop.request(GetQuote, { sku: 'x' }, options))
    const kept = shop.request(GetQuote, { sku: 'y' }, { to: 'pricing' })
    await settle()
    controller.abort(new Error('no interest'))
    expect((await given).message).toBe('no interest')
    await settle()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(signals[0]?.reason).toMatchObject({ code: 'SM_REQUEST_TIMEOUT' })
    end.resolve({ price: 1 })
    expect(await kept).toEqual({ price: 1 })
  })

  it('before it has asked sends nothing', async () => {
    const { shop, settle, signals } = await answersLate()
    const options = { to: 'pricing', signal: AbortSignal.abort() }
    expect(await failureOf(() => shop.request(GetQuote, { sku: 'x' }, options))).toMatchObject({ name: 'AbortError' })
    await settle()
    expect(signals).toEqual([])
  })

  it('is not troubled by the reply that comes too late: it is counted', async () => {
    const { shop, settle, end } = await answersLate()
    const controller = new AbortController()
    const options = { to: 'pricing', signal: controller.signal }
    const given = failureOf(() => shop.request(GetQuote, { sku: 'x' }, options))
    await settle()
    controller.abort()
    await given
    end.resolve({ price: 1 })
    await settle()
    expect((await shop.health()).counters.lateReplies).toBe(1)
  })
})

describe('a published message', () => {
  it('is answered to the inbox that it names, when its type has a reply', async () => {
    const { agent, shop, pricing, settle } = await setUp()
    const desk = await agent('desk')
    const types: unknown[] = []
    desk.subscribePattern('#', (payload, { header }) => void types.push([header.type, payload]))
    pricing.subscribe(GetQuote, () => ({ price: 7 }))
    await shop.publish(GetQuote, { sku: 'x' }, { to: 'pricing', replyTo: 'desk' })
    await settle()
    expect(types).toEqual([['sm.reply', { price: 7 }]])
  })
})
