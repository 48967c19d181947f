import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineMessage } from '../message/index.ts'
import { describeMessage, listMessages } from './describe-message.ts'

const Order = defineMessage('order', {
  schema: z.object({ id: z.string(), lines: z.array(z.number()).optional() }),
  reply: z.boolean(),
  version: 12,
  description: 'What was ordered.',
  actions: ['submit', 'cancel'],
  upcast: { 11: payload => payload, 2: payload => payload },
  ttlMs: 1_000,
  from: 'shop',
  to: 'billing',
  needs: ['encrypted'],
})
const Ping = defineMessage('ping', { schema: v.null(), delivery: 'at-most-once' })

describe('the description of a message type', () => {
  it('says in plain data what it is, with the JSON Schema of payload and reply', () => {
    const description = describeMessage(Order)
    expect(description).toEqual({
      type: 'order',
      version: 12,
      description: 'What was ordered.',
      delivery: 'at-least-once',
      needs: ['encrypted'],
      codec: 'json',
      ttlMs: 1_000,
      from: 'shop',
      to: 'billing',
      upcastFrom: [2, 11],
      actions: ['order.submit', 'order.cancel'],
      payload: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: { id: { type: 'string' }, lines: { type: 'array', items: { type: 'number' } } },
        required: ['id'],
      },
      reply: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'boolean' },
    })
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
  })

  it('leaves out what there is not', () => {
    const description = describeMessage(Ping)
    expect(Object.keys(description)).not.toContain('ttlMs')
    expect(description).toMatchObject({ type: 'ping', delivery: 'at-most-once', upcastFrom: [], actions: [] })
  })

  it('does without a JSON Schema where the library has none to tell', () => {
    const Dated = defineMessage('dated', { schema: z.object({ at: z.date() }) })
    expect(describeMessage(Dated).payload).toBeUndefined()
    expect(describeMessage(Ping).payload).toBeUndefined()
  })
})

describe('a list of message types', () => {
  it('is in the order of their names, with the types of their actions, each once', () => {
    const listed = listMessages([Ping, Order, Order.submit, Ping])
    expect(listed.map(({ type }) => type)).toEqual(['order', 'order.cancel', 'order.submit', 'ping'])
  })

  it('keeps two versions of a type apart', () => {
    const versions = [2, 10, 1].map(version => defineMessage('note', { schema: z.string(), version }))
    expect(listMessages(versions).map(({ version }) => version)).toEqual([1, 2, 10])
  })

  it('may be empty', () => {
    expect(listMessages([])).toEqual([])
  })
})
