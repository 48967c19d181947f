import { describe, expect, it } from 'vitest'
import { failureOf, OrderPlaced, take } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { isUlid } from '../kernel/index.ts'
import { defineMessage, unchecked } from '../message/index.ts'

describe('the header of a message', () => {
  it('says who sent it, when, and what the definition and the publish add', async () => {
    const { agent, clock, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const Order = defineMessage('order.placed', {
      version: 3,
      schema: unchecked<{ n: number; customer: string }>(),
      ttlMs: 1_000,
      key: ({ customer }) => customer,
      replyTo: 'shop',
    })
    const taken: unknown[] = []
    billing.subscribe(Order, (_order, { header, from }) => void taken.push(header, from))
    const options = { extensions: { tenant: 'blue' }, correlationId: 'conversation-1' }
    const { id } = await shop.publish(Order, { n: 1, customer: 'ada' }, options)
    await settle()
    expect(isUlid(id)).toBe(true)
    expect(taken).toEqual([
      expect.objectContaining({
        id,
        type: 'order.placed',
        version: 3,
        from: `shop/${shop.instance}`,
        to: undefined,
        replyTo: 'shop',
        time: clock.now(),
        expiresAt: clock.now() + 1_000,
        key: 'ada',
        delivery: 'at-least-once',
        contentType: 'application/json',
        extensions: { tenant: 'blue' },
        correlationId: 'conversation-1',
      }),
      { agent: 'shop', instance: shop.instance },
    ])
  })

  it('takes from the publish what both say', async () => {
    const { agent, clock, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const Order = defineMessage('order.placed', { schema: unchecked(), ttlMs: 1_000, key: () => 'a', to: 'nobody' })
    const headers: unknown[] = []
    billing.subscribe(Order, (_order, { header }) => void headers.push(header))
    await shop.publish(Order, {}, { ttlMs: 5, key: 'b', to: 'billing', delivery: 'at-most-once' })
    await settle()
    expect(headers).toMatchObject([{ expiresAt: clock.now() + 5, key: 'b', to: 'billing', delivery: 'at-most-once' }])
  })

  it.each([
    ['a bad key', { key: '' }, 'SM_HEADER_INVALID'],
    ['a key with a line break', { key: 'a\nb' }, 'SM_HEADER_INVALID'],
    ['an extension of a bad name', { extensions: { 'bad name': 'x' } }, 'SM_NAME_INVALID'],
    ['an extension that hides an attribute', { extensions: { source: 'x' } }, 'SM_NAME_INVALID'],
    ['an extension that is no text', { extensions: { tenant: 7 as never } }, 'SM_HEADER_INVALID'],
    ['a bad replyTo', { replyTo: '../etc' }, 'SM_NAME_INVALID'],
    ['a bad to', { to: '../etc' }, 'SM_NAME_INVALID'],
    ['an unknown delivery', { delivery: 'exactly-once' as never }, 'SM_HEADER_INVALID'],
    ['a ttl that is no time', { ttlMs: Number.NaN }, 'SM_HEADER_INVALID'],
    ['a negative ttl', { ttlMs: -1 }, 'SM_HEADER_INVALID'],
  ])('with %s is refused', async (_what, options, code) => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))).toMatchObject({ code })
  })

  it('with a bad key that the definition made of the payload is refused as well', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const Keyed = defineMessage('order.placed', { schema: unchecked<{ key: string }>(), key: ({ key }) => key })
    expect(await failureOf(() => shop.publish(Keyed, { key: '' }))).toMatchObject({ code: 'SM_HEADER_INVALID' })
  })

  it('keeps its extensions though the sender changes its own object afterwards', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const { contexts } = take(billing)
    const extensions = { tenant: 'blue' }
    await shop.publish(OrderPlaced, { n: 1 }, { extensions })
    extensions.tenant = 'red'
    await settle()
    expect(contexts[0]?.header.extensions).toEqual({ tenant: 'blue' })
  })
})
