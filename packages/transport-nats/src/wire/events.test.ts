import type { Msg } from '@nats-io/transport-node'
import { type Frame, type Header, jsonCodec, toBody, toCloudEventHeaders, toHeader } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { headerText, parseHeaders, toFrame } from './read-event.ts'
import { eventHeaders } from './write-event.ts'

const body = toBody({ total: 12 }, jsonCodec)

function frameOf(attributes: Partial<Header> = {}): Frame {
  const least = { id: '01J8ZQ7XKM3N5P6R8S9TAVBWCX', type: 'order.placed', from: 'shop/1', time: Date.UTC(2026, 1, 3) }
  return { header: toHeader({ ...least, ...attributes }), body }
}

/** A message as the client makes it. */
function messageOf(text: string, bytes = body.bytes()): Msg {
  const head = Buffer.from(text, 'latin1')
  return { _rdata: Buffer.concat([head, bytes]), _msg: { hdr: head.length }, data: bytes } as unknown as Msg
}

const frames: ReadonlyArray<readonly [string, Partial<Header>]> = [
  ['the least', {}],
  ['a direct one', { to: 'billing', replyTo: 'shop/1', delivery: 'at-least-once', version: 3 }],
  ['what changes from one to the next', { correlationId: 'c-1', causationId: 'd-1', expiresAt: Date.UTC(2026, 5, 7) }],
  ['a foreign id', { id: 'ü "quoted" 100%' }],
  ['a foreign conversation', { correlationId: 'ü', causationId: '%20' }],
  ['an ordering key', { key: 'customer 7' }],
  ['a trace', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1' }],
  ['encodings', { encodings: ['gzip'] }],
  ['extensions', { extensions: { tenant: 'Müller & Söhne', empty: '' } }],
]

describe('headers', () => {
  it.each(frames)('say what those of core say of %s', (_, attributes) => {
    const frame = frameOf(attributes)
    const text = eventHeaders(frame, 'Nats-Msg-Id: x\r\n')
    expect(text.startsWith('NATS/1.0\r\n')).toBe(true)
    expect(text.endsWith('\r\n\r\n')).toBe(true)
    expect(Object.fromEntries(parseHeaders(text))).toEqual({ ...toCloudEventHeaders(frame), 'Nats-Msg-Id': 'x' })
  })

  it.each(frames)('are read as they were written: %s', (_, attributes) => {
    // Twice: the second is read by what is remembered of the first.
    for (const id of ['first', 'second']) {
      const frame = frameOf({ ...attributes, id: attributes.id ?? id })
      const read = toFrame(messageOf(eventHeaders(frame)), {})
      expect(read.header).toStrictEqual(frame.header)
      expect(Buffer.from(read.body.bytes())).toEqual(body.bytes())
    }
  })

  it('that are remembered do not hide what is wrong with the next', () => {
    const text = eventHeaders(frameOf({ delivery: 'at-least-once' }))
    const read = (change: (text: string) => string) => () => toFrame(messageOf(change(text)), {})
    expect(read(same => same)().header.type).toBe('order.placed')
    for (const [from, to] of [
      ['2026-02-03', '2026-02-30'],
      ['ce-time: 2026', 'ce-time: 1026'],
      ['\r\n\r\n', '\r\nce-type: other\r\n\r\n'],
      ['\r\n\r\n', '\r\nce-id: again\r\n\r\n'],
      ['01J8ZQ7XKM3N5P6R8S9TAVBWCX', ''],
      ['01J8ZQ7XKM3N5P6R8S9TAVBWCX', 'x'.repeat(600)],
      ['01J8ZQ7XKM3N5P6R8S9TAVBWCX', 'a\u0001b'],
    ] as const) {
      expect(
        read(whole => whole.replace(from, to)),
        to,
      ).toThrow()
    }
  })

  it('are taken from the client by its own means where there is no other way', () => {
    const headers = new Map([['ce-id', ['1', '2']]])
    const text = headerText({ headers } as unknown as Msg)
    expect(parseHeaders(text)).toEqual([
      ['ce-id', '1'],
      ['ce-id', '2'],
    ])
    expect(headerText({} as Msg)).toBe('NATS/1.0\r\n')
  })

  it('with JSON and no data stand for null', () => {
    expect(toFrame(messageOf(eventHeaders(frameOf()), new Uint8Array()), {}).body.value()).toBeNull()
  })
})
