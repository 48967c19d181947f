import { type Frame, fromCloudEventJson, type Header, jsonCodec, toBody, toHeader } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { readEvent } from './read-event.ts'
import { toWireEvent } from './wire-event.ts'

const base = { type: 'order.placed', from: 'shop/ü', delivery: 'at-least-once' } as const
const options = { maxBytes: 10_000, now: 5 }

const frameOf = (more: object, payload: unknown = { a: ['ü', 1] }): Frame => ({
  header: toHeader({ ...base, id: 'a-1', time: 7, ...more }),
  body: toBody(payload as never, jsonCodec),
})
const bytesOf = (frame: Frame) => Buffer.from(String(toWireEvent(frame)))
const plain = ({ header, body }: Frame): { header: Header; payload: unknown } => ({ header, payload: body.value() })

const replies = [
  { replyTo: 'shop/1', expiresAt: 99 },
  { replyTo: 'shop/1', expiresAt: 98, correlationId: 'a' },
  { replyTo: 'shop/1', causationId: 'b' },
  { replyTo: 'shop/1', correlationId: 'ü' },
]

describe('reading events', () => {
  it('comes to the same for the first of a kind and for those after it', () => {
    for (const more of [
      {},
      { id: 'b' },
      { time: 9 },
      { to: 'shop' },
      {},
      ...replies,
      { key: 'k' },
      { id: '"' },
      { id: 'c' },
    ]) {
      const frame = frameOf(more)
      expect(plain(readEvent(bytesOf(frame), options))).toEqual(plain(frame))
    }
  })

  it('hands on the bytes of a payload as they came', () => {
    readEvent(bytesOf(frameOf({})), options)
    const { body } = readEvent(bytesOf(frameOf({ id: 'n' })), options)
    expect(Buffer.from(body.bytes()).toString()).toBe('{"a":["ü",1]}')
  })

  it('refuses what is too large or broken, known kind or not', () => {
    const text = bytesOf(frameOf({ id: 'x' })).toString()
    readEvent(Buffer.from(text), options)
    expect(() => readEvent(Buffer.from(text), { maxBytes: 50, now: 0 })).toThrow(/SM_FRAME_TOO_LARGE/)
    for (const broken of [text.slice(0, -1), text.slice(0, -2), `${text.slice(0, -1)},"id":"y"}`, `${text}}`]) {
      expect(() => readEvent(Buffer.from(broken), options).body.value()).toThrow(/SM_CODEC_MALFORMED/)
    }
  })

  it.each([
    ['an id before', '{"id":"first","smdelivery":"at-most-once",'],
    ['data before', '{"data":{"id":1},"smdelivery":"at-most-once",'],
    ['no level', '{'],
    ['a payload that is text', '{"datacontenttype":"text/plain","smdelivery":"at-most-once",'],
    ['depth', '{"data":{"smdelivery":"at-most-once",'],
  ])('takes a foreign event that looks like ours as what it is: %s', (_what, start) => {
    const common = `${start}"specversion":"1.0","source":"s","type":"t"`
    const rest = ',"id":"i","time":"2026-01-02T03:04:05.006Z","data":"1"}'
    for (const text of [common + rest, common + rest, `${common + rest}}`]) {
      const read = () => plain(readEvent(Buffer.from(text), options))
      let expected: unknown
      try {
        expected = plain(fromCloudEventJson(text, options))
      } catch {
        expect(read).toThrow(/SM_CODEC_/)
        continue
      }
      expect(read()).toEqual(expected)
    }
  })
})
