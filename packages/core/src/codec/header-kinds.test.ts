import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { createSeededRandom, createUlids, systemClock } from '../kernel/index.ts'
import type { Header } from '../message/index.ts'
import { decodeFrame } from './compact-decode.ts'
import { encodeFrame } from './compact-encode.ts'

const ids = createUlids(systemClock, createSeededRandom(7))

describe('remembered headers', () => {
  it('give each frame its own id and times, and the attributes that its fellows have', () => {
    for (let i = 0; i < 5; i++) {
      const frame = makeFrame({
        id: ids.next(),
        type: 'order.placed',
        from: 'shop/01J',
        to: 'billing',
        time: 1_000 + i,
        expiresAt: 9_000 + i,
      })
      expect(decodeFrame(encodeFrame(frame)).header).toEqual(frame.header)
    }
  })

  it('do not stand in for a header of the same size whose texts are cut in other places', () => {
    const one = makeFrame({ id: ids.next(), type: 'ab.c', from: 'shop' })
    const other = makeFrame({ id: ids.next(), type: 'ab', from: 'cshop' })
    const dotless = makeFrame({ id: ids.next(), type: 'abc', from: 'shop1' })
    for (const frame of [one, other, dotless, one]) expect(decodeFrame(encodeFrame(frame)).header).toEqual(frame.header)
  })

  it('tell versions, levels and absent attributes apart', () => {
    const frames = [
      makeFrame({ id: ids.next(), version: 1 }),
      makeFrame({ id: ids.next(), version: 2 }),
      makeFrame({ id: ids.next(), delivery: 'at-least-once' }),
      makeFrame({ id: ids.next(), key: 'k' }),
      makeFrame({ id: 'no ulid' }),
    ]
    for (const frame of [...frames, ...frames]) expect(decodeFrame(encodeFrame(frame)).header).toEqual(frame.header)
  })

  it('give a reply the ids of what it answers', () => {
    for (const other of [{ correlationId: ids.next() }, { causationId: ids.next() }, {}]) {
      for (let i = 0; i < 3; i++) {
        const own = {
          id: ids.next(),
          to: 'shop/01J',
          ...(i > 0 && { correlationId: ids.next(), causationId: ids.next() }),
        }
        const frame = makeFrame({ type: 'sm.reply', contentType: 'text/plain', ...own, ...other })
        expect(decodeFrame(encodeFrame(frame)).header).toEqual(frame.header)
      }
    }
    const odd = makeFrame({ id: ids.next(), type: 'sm.reply', correlationId: 'o'.repeat(26), causationId: 'short' })
    expect(decodeFrame(encodeFrame(odd)).header).toEqual(odd.header)
  })

  it('are written as any other header is, byte for byte', () => {
    const id = () => ids.next()
    const attributes: Array<Partial<Header>> = [
      { id: id() },
      { id: id(), to: 'billing', replyTo: 'shop/01J', expiresAt: 9_000 },
      { id: id(), to: 'billing', replyTo: 'shop/01J' },
      { id: id(), to: 'shop/01J', correlationId: id(), causationId: id() },
      { id: id(), to: 'shop/01J', correlationId: id() },
      { id: id(), delivery: 'at-least-once', contentType: 'application/vnd.msgpack', causationId: id() },
      { id: id(), from: 'https://example.com/größe' },
    ]
    for (const own of [...attributes, ...attributes]) {
      const { header, body } = makeFrame(own)
      // What has extensions, though there are none, is written as a whole.
      expect(encodeFrame({ header, body })).toEqual(encodeFrame({ header: { ...header, extensions: {} }, body }))
    }
  })

  it('are not used for a frame whose time cannot be', () => {
    const bytes = Buffer.from(encodeFrame(makeFrame({ id: ids.next(), type: 'late.frame' })))
    decodeFrame(bytes)
    bytes.fill(0xff, 5, 13)
    expect(() => decodeFrame(bytes)).toThrow('SM_HEADER_INVALID')
  })
})
