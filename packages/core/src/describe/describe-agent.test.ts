import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toAttributes } from '../codec/index.ts'
import { defineMessage, toHeader, unchecked } from '../message/index.ts'
import { describeAgent } from './describe-agent.ts'

const Order = defineMessage('order', {
  schema: z.object({ id: z.string() }),
  version: 3,
  upcast: { 2: payload => payload as never, 1: payload => payload as never },
  description: 'What was ordered.',
  actions: ['submit'],
  from: 'shop',
  to: 'billing',
  ttlMs: 500,
})
const GetQuote = defineMessage('quote.get', { schema: unchecked<string>(), reply: z.number(), needs: ['encrypted'] })

describe('an agent in plain data', () => {
  it('has its title, its version and what it is for', () => {
    const { asyncapi, info, defaultContentType } = describeAgent({
      id: 'billing',
      version: '1.4.0',
      description: 'Bills.',
    })
    expect({ asyncapi, info, defaultContentType }).toEqual({
      asyncapi: '3.0.0',
      info: { title: 'billing', version: '1.4.0', description: 'Bills.' },
      defaultContentType: 'application/json',
    })
    expect(describeAgent({ id: 'a', title: 'The A', version: '1.0.0' }).info).toEqual({
      title: 'The A',
      version: '1.0.0',
    })
  })

  it('has a channel for each message type, those of actions too, and one for replies', () => {
    const { channels } = describeAgent({ id: 'a', version: '1.0.0', receives: [Order], sends: [GetQuote] })
    expect(Object.entries(channels).map(([key, { address }]) => [key, address])).toEqual([
      ['order', 'order'],
      ['order.submit', 'order.submit'],
      ['quote.get', 'quote.get'],
      ['quote.get.reply', null],
    ])
  })

  it('says what it receives and what it sends, and where replies go', () => {
    const { operations } = describeAgent({ id: 'a', version: '1.0.0', receives: [GetQuote], sends: [GetQuote] })
    const operation = {
      channel: { $ref: '#/channels/quote.get' },
      messages: [{ $ref: '#/channels/quote.get/messages/quote.get.v1' }],
      tags: [{ name: 'at-least-once' }, { name: 'encrypted' }],
      reply: {
        address: { location: '$message.header#/replyto' },
        channel: { $ref: '#/channels/quote.get.reply' },
        messages: [{ $ref: '#/channels/quote.get.reply/messages/quote.get.v1.reply' }],
      },
    }
    expect(operations).toEqual({
      'receive.quote.get': { action: 'receive', ...operation },
      'send.quote.get': { action: 'send', ...operation },
    })
  })

  it('keeps the versions of a type in one channel and one operation', () => {
    const versions = [2, 1].map(version => defineMessage('note', { schema: z.string(), version }))
    const { channels, operations } = describeAgent({ id: 'a', version: '1.0.0', receives: versions })
    expect(Object.keys(channels.note?.messages ?? {})).toEqual(['note.v1', 'note.v2'])
    expect(operations['receive.note']?.messages).toHaveLength(2)
  })

  it('gives messages the JSON Schema of what is sent, without a dialect of its own', () => {
    const { messages } = describeAgent({ id: 'a', version: '1.0.0', receives: [Order] }).components
    expect(messages['order.submit.v3']).toMatchObject({
      name: 'order.submit',
      title: 'order.submit, version 3',
      contentType: 'application/json',
      payload: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    })
    expect(messages['order.v3']?.payload).not.toHaveProperty('$schema')
  })

  it('tells in words what has no place in the format', () => {
    const { messages } = describeAgent({ id: 'a', version: '1.0.0', receives: [Order] }).components
    expect(messages['order.v3']?.description).toBe(
      'What was ordered. Sent by shop. Sent to billing, unless its publisher says otherwise. Wanted for 500 ms. ' +
        'Takes the place of version 1, 2, which receivers still accept.',
    )
  })

  it('says of which library a schema is that has no JSON Schema', () => {
    const { messages } = describeAgent({ id: 'a', version: '1.0.0', sends: [GetQuote] }).components
    expect(messages['quote.get.v1']?.payload).toMatchObject({ 'x-schema-vendor': 'smartmessage' })
  })

  it('asks for the codec of a message type', () => {
    const Packed = defineMessage('packed', { schema: z.string(), codec: 'protobuf' })
    expect(() => describeAgent({ id: 'a', version: '1.0.0', sends: [Packed] })).toThrow('SM_CODEC_UNKNOWN')
  })

  it('knows every attribute that a header has on the wire', () => {
    const { attributes } = describeAgent({ id: 'a', version: '1.0.0' }).components.schemas
    const header = toHeader({
      ...{
        id: 'i',
        type: 't',
        from: 'f',
        time: 1,
        to: 'b',
        replyTo: 'c',
        correlationId: 'd',
        causationId: 'e',
        key: 'k',
      },
      ...{ expiresAt: 2, encodings: ['box'], traceparent: 'p', tracestate: 's', delivery: 'at-least-once', version: 2 },
    })
    const { properties } = attributes as { properties: object }
    expect(Object.keys(properties).sort()).toEqual(Object.keys(toAttributes(header)).sort())
  })
})
