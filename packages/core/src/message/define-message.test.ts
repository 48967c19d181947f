import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  defineMessage,
  type InputOf,
  isMessageType,
  type MessageType,
  type PayloadOf,
  type ReplyInputOf,
  type ReplyOf,
} from './define-message.ts'
import { bytes, unchecked } from './schema.ts'

const order = z.object({ id: z.string(), total: z.number().default(0) })

describe('a message definition', () => {
  it('has a default for everything but its schema', () => {
    expect(defineMessage('order.placed', { schema: order })).toEqual({
      type: 'order.placed',
      version: 1,
      schema: order,
      delivery: 'at-least-once',
      needs: [],
      repeats: 'never',
      via: 'first',
      codec: 'json',
      upcast: new Map(),
      actions: [],
    })
  })

  it('keeps what it is told', () => {
    const key = (payload: { id: string }) => payload.id
    const message = defineMessage('order.placed', {
      schema: order,
      version: 3,
      reply: z.string(),
      description: 'An order came in.',
      delivery: 'at-most-once',
      from: 'shop',
      to: 'billing',
      replyTo: 'audit',
      ttlMs: 5_000,
      key,
      needs: ['durable'],
      codec: 'msgpack',
      upcast: { 1: () => ({ id: 'old' }), 2: payload => payload },
    })
    expect(message).toMatchObject({ version: 3, from: 'shop', to: 'billing', replyTo: 'audit', ttlMs: 5_000, key })
    expect(message).toMatchObject({ description: 'An order came in.', needs: ['durable'], codec: 'msgpack' })
    expect([...message.upcast.keys()]).toEqual([1, 2])
  })

  it('cannot be changed, nor through the lists that it was made from', () => {
    const needs: Array<'durable'> = ['durable']
    const actions: string[] = ['submit']
    const message = defineMessage('order', { schema: order, needs, actions })
    needs.pop()
    actions.push('ship')
    expect(message.needs).toEqual(['durable'])
    expect(message.actions).toEqual(['submit'])
    expect([message, message.needs, message.actions].every(Object.isFrozen)).toBe(true)
  })

  it('makes one message type per action, which share its options', () => {
    const Order = defineMessage('order', { schema: order, version: 2, actions: ['submit', 'ship'], to: 'billing' })
    expect(Order.submit).toMatchObject({ type: 'order.submit', version: 2, to: 'billing', actions: [] })
    expect(Order.ship.type).toBe('order.ship')
    expect(Order.type).toBe('order')
    expect(Order.ship.schema).toBe(order)
    expect(Object.isFrozen(Order.ship)).toBe(true)
  })

  it.each(['', '../x', 'a b', 'order.*', '#', 'sm.reply', 7 as unknown as string])('is refused as %j', type => {
    expect(() => defineMessage(type, { schema: order })).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
  })

  it.each<readonly [string, object]>([
    ['no schema', { schema: undefined }],
    ['a schema that is none', { schema: { type: 'object' } }],
    ['a reply that is no schema', { reply: {} }],
    ['version 0', { version: 0 }],
    ['half a version', { version: 1.5 }],
    ['a version above 65535', { version: 65_536 }],
    ['an unknown delivery', { delivery: 'exactly-once' }],
    ['a ttlMs of 0', { ttlMs: 0 }],
    ['a ttlMs that is no number', { ttlMs: Number.NaN }],
    ['a ttlMs without end', { ttlMs: Number.POSITIVE_INFINITY }],
    ['an upcast from its own version', { version: 2, upcast: { 2: () => 1 } }],
    ['an upcast from a version that is none', { version: 2, upcast: { first: () => 1 } }],
    ['an upcast that is no function', { version: 2, upcast: { 1: 'turn' } }],
    ['an action that is no name', { actions: ['sub mit'] }],
    ['an action with a dot', { actions: ['a.b'] }],
    ['an action twice', { actions: ['ship', 'ship'] }],
    ['an action called like a word of the definition', { actions: ['schema'] }],
    ['an action called like what every object has', { actions: ['constructor'] }],
  ])('is refused with %s', (_, options) => {
    expect(() => defineMessage('order', { schema: order, ...options })).toThrow(
      expect.objectContaining({ code: 'SM_MESSAGE_DEFINITION', details: { type: 'order' } }),
    )
  })

  it.each(['from', 'to', 'replyTo'])('is refused with a bad name in %s', name => {
    expect(() => defineMessage('order', { schema: order, [name]: '../x' })).toThrow(
      expect.objectContaining({ code: 'SM_NAME_INVALID' }),
    )
  })

  it('is refused when an action makes the type too long', () => {
    expect(() => defineMessage('a'.repeat(195), { schema: order, actions: ['submit'] })).toThrow(
      expect.objectContaining({ code: 'SM_NAME_INVALID' }),
    )
  })

  it('is told from other things', () => {
    expect(isMessageType(defineMessage('order', { schema: order }))).toBe(true)
    for (const other of [undefined, null, 'order', {}, { type: 'order' }, { type: 'order', schema: {} }, order]) {
      expect(isMessageType(other)).toBe(false)
    }
  })
})

describe('the types of a message definition', () => {
  it('follow from its schema: publishers give the input, handlers get the output, read-only', () => {
    const Order = defineMessage('order', { schema: order })
    expectTypeOf<InputOf<typeof Order>>().toEqualTypeOf<{ readonly id: string; readonly total?: number | undefined }>()
    expectTypeOf<PayloadOf<typeof Order>>().toEqualTypeOf<{ readonly id: string; readonly total: number }>()
  })

  it('are read-only in depth, bytes aside', () => {
    const Nested = defineMessage('nested', { schema: unchecked<{ lines: Array<{ sku: string }> }>() })
    expectTypeOf<PayloadOf<typeof Nested>>().toEqualTypeOf<{
      readonly lines: ReadonlyArray<{ readonly sku: string }>
    }>()
    const Blob = defineMessage('blob', { schema: bytes() })
    expectTypeOf<PayloadOf<typeof Blob>>().toEqualTypeOf<Uint8Array>()
  })

  it('follow from the reply', () => {
    const Quote = defineMessage('quote', { schema: z.string(), reply: v.object({ price: v.optional(v.number(), 1) }) })
    expectTypeOf<ReplyInputOf<typeof Quote>>().toEqualTypeOf<{ readonly price?: number | undefined }>()
    expectTypeOf<ReplyOf<typeof Quote>>().toEqualTypeOf<{ readonly price: number }>()
    const Silent = defineMessage('silent', { schema: z.string() })
    expectTypeOf(Silent.reply).toEqualTypeOf<undefined>()
    expectTypeOf<ReplyOf<typeof Silent>>().toBeNever()
  })

  it('know the actions by name, and no others', () => {
    const Order = defineMessage('order', { schema: order, actions: ['submit', 'ship'] })
    expectTypeOf(Order.submit).toExtend<MessageType<typeof order>>()
    expectTypeOf<PayloadOf<typeof Order.ship>>().toEqualTypeOf<PayloadOf<typeof Order>>()
    expectTypeOf(Order).not.toHaveProperty('cancel')
    expectTypeOf(Order.submit).not.toHaveProperty('ship')
  })

  it('give the key function the input', () => {
    defineMessage('order', {
      schema: order,
      key: payload => {
        expectTypeOf(payload).toEqualTypeOf<{ id: string; total?: number | undefined }>()
        return payload.id
      },
    })
  })
})
