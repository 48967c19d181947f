import { describe, expect, it } from 'vitest'
import { failureOf, GetQuote, OrderPlaced } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { smError } from '../errors/index.ts'
import { defineMessage } from '../message/index.ts'
import type { AgentOptions } from '../settings/index.ts'

async function setUp(options?: AgentOptions) {
  const world = testWorld()
  return { ...world, shop: await world.agent('shop', options), pricing: await world.agent('pricing') }
}

describe('a request that fails', () => {
  it('because the handler threw a coded error gets that code', async () => {
    const { shop, pricing } = await setUp()
    pricing.subscribe(GetQuote, () => {
      throw smError('SM_REQUEST_LIMIT', 'Too many questions', { details: { secret: 'kept here' } })
    })
    const error = await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))
    expect(error).toMatchObject({
      code: 'SM_REQUEST_LIMIT',
      message: expect.stringContaining('Too many questions'),
      retryable: true,
      details: { remote: true, from: `pricing/${pricing.instance}` },
    })
    expect(JSON.stringify(error)).not.toContain('kept here')
  })

  it('because the handler threw anything else gets SM_HANDLER_FAILED', async () => {
    const { shop, pricing } = await setUp()
    pricing.subscribe(GetQuote, () => {
      throw 'a text'
    })
    expect(await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))).toMatchObject({
      code: 'SM_HANDLER_FAILED',
      message: expect.stringContaining('a text'),
    })
  })

  it.each([
    ['does not fit', { price: 'free' }],
    ['is missing', undefined],
    ['no wire could carry', { price: 1n }],
  ])('because the reply %s gets a coded error, and the other side counts it as handled', async (_what, reply) => {
    const { shop, pricing } = await setUp()
    pricing.subscribe(GetQuote, () => reply as never)
    const error = await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))
    expect(error.code).toMatch(/^SM_PAYLOAD_(INVALID|NOT_PORTABLE)$/)
    expect(error.message).not.toContain('payload of quote.get')
  })

  it('because its payload does not fit is not sent', async () => {
    const { shop, pricing } = await setUp()
    pricing.subscribe(GetQuote, () => expect.unreachable())
    expect(await failureOf(() => shop.request(GetQuote, { sku: 7 as never }, { to: 'pricing' }))).toMatchObject({
      code: 'SM_PAYLOAD_INVALID',
    })
  })

  it('because the agent has no handler for it does so at once', async () => {
    const { shop, pricing } = await setUp()
    pricing.subscribe(OrderPlaced, () => {})
    expect(await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))).toMatchObject({
      code: 'SM_HANDLER_NONE',
      message: expect.stringContaining('pricing has no handler for quote.get'),
      details: { remote: true },
    })
  })

  it('because nobody knows the agent, or nobody handles the type, does so at once', async () => {
    const { shop } = await setUp()
    expect(await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'nobody' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    expect(await failureOf(() => shop.request(GetQuote, { sku: 'x' }))).toMatchObject({ code: 'SM_ROUTE_NONE' })
    expect((await shop.health()).requests).toBe(0)
  })

  it('because its version is not accepted does so at once', async () => {
    const { shop, pricing } = await setUp()
    const Newer = defineMessage('quote.get', { version: 2, schema: GetQuote.schema, reply: GetQuote.reply })
    pricing.subscribe(GetQuote, () => expect.unreachable())
    expect(await failureOf(() => shop.request(Newer, { sku: 'x' }, { to: 'pricing' }))).toMatchObject({
      code: 'SM_VERSION_UNACCEPTED',
    })
  })

  it('because its type defines no reply is refused', async () => {
    const { shop } = await setUp()
    expect(await failureOf(() => shop.request(OrderPlaced as never, { n: 1 } as never))).toMatchObject({
      code: 'SM_REPLY_MISSING',
      message: expect.stringContaining('order.placed'),
    })
  })

  it('because too many are under way is refused', async () => {
    const { shop, pricing } = await setUp({ maxRequests: 2 })
    const end = Promise.withResolvers<{ price: number }>()
    pricing.subscribe(GetQuote, () => end.promise)
    const ask = () => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' })
    const quotes = [ask(), ask()]
    await new Promise(resolve => setImmediate(resolve))
    expect(await failureOf(ask)).toMatchObject({ code: 'SM_REQUEST_LIMIT' })
    end.resolve({ price: 1 })
    expect(await Promise.all(quotes)).toHaveLength(2)
    expect(await ask()).toEqual({ price: 1 })
  })
})
