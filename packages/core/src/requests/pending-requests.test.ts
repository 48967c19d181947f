import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { makeFrame } from '../../test/make-frame.ts'
import { jsonCodec, LocalBody } from '../codec/index.ts'
import { createVirtualClock, Deadlines } from '../kernel/index.ts'
import {
  controlTypes,
  defineMessage,
  isControlType,
  LocalFrame,
  type MessageType,
  type Payload,
  unchecked,
} from '../message/index.ts'
import { PendingRequests } from './pending-requests.ts'

const GetQuote = defineMessage('quote.get', {
  schema: z.object({ sku: z.string() }),
  reply: z.object({ price: z.number(), currency: z.string().default('EUR') }),
})

function setUp(maxRequests = 10) {
  const clock = createVirtualClock()
  const deadlines = new Deadlines(clock, 1)
  const abandoned: string[] = []
  const late: string[] = []
  const requests = new PendingRequests({
    deadlines,
    maxRequests,
    onAbandoned: (_message, id) => abandoned.push(id),
    onLate: (_message, id) => late.push(id),
  })
  const ask = (id: string, timeoutMs = 100, signal?: AbortSignal) => {
    const pending = requests.open(id, GetQuote as MessageType, clock.elapsed() + timeoutMs, signal)
    // Each test awaits what it looks at.
    pending.reply.catch(() => undefined)
    return pending
  }
  const open = (...args: Parameters<typeof ask>) => ask(...args).reply
  return { clock, deadlines, requests, abandoned, late, ask, open }
}

const answer = (correlationId: string | undefined, payload: Payload, type: string = controlTypes.reply) =>
  makeFrame({ type, correlationId, delivery: 'at-most-once', from: 'pricing/01J0' }, payload)

describe('a request', () => {
  it('is resolved by its reply, as the reply schema makes it', async () => {
    const { requests, deadlines, open } = setUp()
    const reply = open('a')
    expect(requests.receive(answer('a', { price: 7 }))).toBe(true)
    expect(await reply).toEqual({ price: 7, currency: 'EUR' })
    expect([requests.size, deadlines.size, requests.late]).toEqual([0, 0, 0])
  })

  it('is not mixed up with others', async () => {
    const { requests, open } = setUp()
    const [a, b] = [open('a'), open('b')]
    requests.receive(answer('b', { price: 2 }))
    requests.receive(answer('a', { price: 1 }))
    expect(await Promise.all([a, b])).toMatchObject([{ price: 1 }, { price: 2 }])
  })

  it('takes from a reply of this process what the schema has made already', async () => {
    const { requests, open } = setUp()
    const reply = open('a')
    const body = new LocalBody(GetQuote.reply, {}, { price: 3, currency: 'CHF' }, jsonCodec)
    requests.receive(new LocalFrame(answer('a', {}).header, body, 0))
    expect(await reply).toEqual({ price: 3, currency: 'CHF' })
  })

  it('takes a reply that is handed over as it is, as its own schema makes it', async () => {
    const { requests, ask, deadlines } = setUp()
    const [same, other, nothing] = [ask('a'), ask('b'), ask('c')]
    same.answer(new LocalBody(GetQuote.reply, {}, { price: 3, currency: 'CHF' }, jsonCodec))
    other.answer(new LocalBody(unchecked(), { price: 4 }, { price: 4 }, jsonCodec))
    nothing.answer(new LocalBody(unchecked(), null, undefined, jsonCodec, null, true))
    expect(await same.reply).toEqual({ price: 3, currency: 'CHF' })
    expect(await other.reply).toEqual({ price: 4, currency: 'EUR' })
    await expect(nothing.reply).rejects.toMatchObject({ code: 'SM_PAYLOAD_INVALID' })
    expect([requests.size, deadlines.size]).toEqual([0, 0])
  })

  it('takes the first of two answers, and counts the second as late', async () => {
    const { requests, ask, late } = setUp()
    const pending = ask('a')
    const body = (price: number) => new LocalBody(GetQuote.reply, { price }, { price }, jsonCodec)
    pending.answer(body(1))
    pending.answer(body(2))
    expect(await pending.reply).toEqual({ price: 1 })
    expect([requests.late, late]).toEqual([1, ['a']])
  })

  it('is rejected by a reply that does not fit, each field named', async () => {
    const { requests, open } = setUp()
    const reply = open('a')
    requests.receive(answer('a', { price: 'free' }))
    await expect(reply).rejects.toMatchObject({
      code: 'SM_PAYLOAD_INVALID',
      message: expect.stringContaining('The reply to quote.get'),
      details: { issues: [{ path: 'price' }] },
    })
  })

  it('is rejected by the error of the other side, with its code and without its stack', async () => {
    const { requests, open } = setUp()
    const reply = open('a')
    const error = { code: 'SM_SHOP_CLOSED', message: 'We are closed', retryable: true, stack: 'secret.ts:1' }
    requests.receive(answer('a', error, controlTypes.error))
    const thrown = await reply.catch(reason => reason)
    expect(thrown).toMatchObject({
      code: 'SM_SHOP_CLOSED',
      message: 'We are closed',
      retryable: true,
      details: { remote: true, from: 'pricing/01J0' },
    })
    expect(JSON.stringify(thrown)).not.toContain('secret')
  })

  it.each<[string, Payload]>([
    ['is no object', 'closed'],
    ['has no code', { message: 'closed' }],
    ['has a code of another form', { code: '__proto__', message: 'closed' }],
    ['has no message', { code: 'SM_SHOP_CLOSED' }],
    ['is null', null],
  ])('is rejected by an error that %s', async (_what, payload) => {
    const { requests, open } = setUp()
    const reply = open('a')
    requests.receive(answer('a', payload, controlTypes.error))
    await expect(reply).rejects.toMatchObject({
      code: 'SM_CODEC_MALFORMED',
      message: expect.stringContaining('pricing'),
    })
  })

  it('ends at its deadline, and tells nobody: the deadline travelled with it', async () => {
    const { clock, requests, abandoned, open } = setUp()
    const reply = open('a', 50)
    await clock.advance(51)
    await expect(reply).rejects.toMatchObject({
      code: 'SM_REQUEST_TIMEOUT',
      retryable: true,
      details: { messageId: 'a' },
    })
    expect([requests.size, abandoned]).toEqual([0, []])
  })

  it('ends with the reason of its signal, and tells those who work on it', async () => {
    const { requests, abandoned, deadlines, open } = setUp()
    const controller = new AbortController()
    const reply = open('a', 50, controller.signal)
    controller.abort(new Error('no interest'))
    await expect(reply).rejects.toThrow('no interest')
    expect([abandoned, requests.size, deadlines.size]).toEqual([['a'], 0, 0])
  })

  it('with a signal that is aborted already is not opened', () => {
    const { requests } = setUp()
    const signal = AbortSignal.abort(new Error('no interest'))
    expect(() => requests.open('a', GetQuote as MessageType, 1, signal)).toThrow('no interest')
    expect(requests.size).toBe(0)
  })

  it('that has ended is left alone by its signal', async () => {
    const { requests, abandoned, open } = setUp()
    const controller = new AbortController()
    const reply = open('a', 50, controller.signal)
    requests.receive(answer('a', { price: 1 }))
    await reply
    controller.abort()
    expect(abandoned).toEqual([])
  })

  it('beyond the bound is refused, until another has ended', async () => {
    const { requests, open } = setUp(1)
    const first = open('a')
    expect(() => open('b')).toThrow(
      expect.objectContaining({ code: 'SM_REQUEST_LIMIT', message: expect.stringContaining('1 requests') }),
    )
    requests.receive(answer('a', { price: 1 }))
    await first
    expect(() => open('b')).not.toThrow()
  })

  it('that could not be sent fails with the reason', async () => {
    const { requests, open } = setUp()
    const reply = open('a')
    requests.fail('a', new Error('no way'))
    requests.fail('unknown', new Error('nobody asked'))
    await expect(reply).rejects.toThrow('no way')
  })

  it('that is under way ends when its agent does', async () => {
    const { requests, deadlines, open } = setUp()
    const replies = [open('a'), open('b')]
    requests.close(new Error('stopped'))
    for (const reply of replies) await expect(reply).rejects.toThrow('stopped')
    expect([requests.size, deadlines.size]).toEqual([0, 0])
  })
})

describe('a reply that nobody awaits', () => {
  it.each([undefined, 'unknown'])('is counted and harms nothing: correlation %j', correlationId => {
    const { requests } = setUp()
    expect(requests.receive(answer(correlationId, { price: 1 }))).toBe(false)
    expect(requests.late).toBe(1)
  })

  it('is one that comes a second time', async () => {
    const { requests, open } = setUp()
    const reply = open('a')
    requests.receive(answer('a', { price: 1 }))
    expect(requests.receive(answer('a', { price: 2 }))).toBe(false)
    expect(await reply).toMatchObject({ price: 1 })
  })
})

it.each([
  ['sm.reply', true],
  ['sm.cancel.quote.get', true],
  ['smart.reply', false],
  ['order.sm.reply', false],
])('%s is one of the library’s own types: %s', (type, own) => {
  expect(isControlType(type)).toBe(own)
})
