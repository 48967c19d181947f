import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { createSeededRandom, createUlids, systemClock } from '../kernel/index.ts'
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

  it('are not used for a frame whose time cannot be', () => {
    const bytes = Buffer.from(encodeFrame(makeFrame({ id: ids.next(), type: 'late.frame' })))
    decodeFrame(bytes)
    bytes.fill(0xff, 5, 13)
    expect(() => decodeFrame(bytes)).toThrow('SM_HEADER_INVALID')
  })
})
