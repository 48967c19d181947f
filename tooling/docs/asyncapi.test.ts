import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { defineMessage, unchecked } from '@sm/core'
import { type AsyncApiDocument, describeAgent } from '@sm/core/describe'
import '@sm/core/msgpack'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const Order = defineMessage('order', {
  schema: z.object({ id: z.string(), lines: z.array(z.object({ sku: z.string() })) }),
  version: 3,
  upcast: { 1: payload => payload as never, 2: payload => payload as never },
  description: 'What was ordered.',
  actions: ['submit', 'ship'],
  needs: ['encrypted'],
  from: 'shop',
})
const GetQuote = defineMessage('quote.get', {
  schema: z.object({ sku: z.string() }),
  reply: z.object({ cents: z.int() }),
  to: 'pricing',
  ttlMs: 500,
})
const Reading = defineMessage('reading', {
  schema: unchecked<Uint8Array>(),
  delivery: 'at-most-once',
  codec: 'msgpack',
})

interface Read {
  readonly faults: readonly string[]
  readonly operations: ReadonlyArray<{ readonly id: string; readonly action: string }>
  readonly messages: ReadonlyArray<{ readonly id: string }>
}

/** The verdict of the parser of AsyncAPI on a document. */
async function read(document: AsyncApiDocument): Promise<Read> {
  const reader = spawn(process.execPath, [join(import.meta.dirname, 'asyncapi-reader.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  reader.stdin.end(JSON.stringify(document))
  return JSON.parse(await text(reader.stdout))
}

const billing = describeAgent({
  id: 'billing',
  version: '1.4.0',
  description: 'Writes invoices.',
  receives: [Order, GetQuote],
  sends: [GetQuote, Reading],
})

describe.concurrent('an agent as an AsyncAPI document', () => {
  it('is one by the parser of AsyncAPI, and reads as it was meant', { timeout: 60_000 }, async () => {
    const { faults, operations, messages } = await read(billing)
    expect(faults).toEqual([])
    expect(operations.map(({ id, action }) => [id, action])).toEqual([
      ['receive.order', 'receive'],
      ['receive.order.ship', 'receive'],
      ['receive.order.submit', 'receive'],
      ['receive.quote.get', 'receive'],
      ['send.quote.get', 'send'],
      ['send.reading', 'send'],
    ])
    expect(operations.find(({ id }) => id === 'send.quote.get')).toMatchObject({
      address: 'quote.get',
      replyAddress: '$message.header#/replyto',
      replyPayload: { type: 'object', required: ['cents'] },
    })
    expect(messages.find(({ id }) => id === 'order.submit.v3')).toMatchObject({
      contentType: 'application/json',
      payload: { type: 'object', required: ['id', 'lines'] },
      tags: ['at-least-once', 'encrypted'],
      correlationId: '$message.header#/correlationid',
    })
  })

  it('is one also when the agent does nothing yet', { timeout: 60_000 }, async () => {
    expect((await read(describeAgent({ id: 'idle', version: '0.0.0' }))).faults).toEqual([])
  })

  it('is told by the parser when it is none', { timeout: 60_000 }, async () => {
    const { info: _gone, ...broken } = billing
    expect((await read(broken as AsyncApiDocument)).faults).not.toEqual([])
  })
})
