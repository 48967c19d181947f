import { describe, expect, it } from 'vitest'
import { contentOf, frameOf, toTakenEntries } from './stream-entry.ts'

const fields = (...texts: string[]) => texts.map(text => Buffer.from(text))

describe('an entry', () => {
  it('has an event, and perhaps attempts under other ids', () => {
    expect(contentOf(fields('event', '{}'))).toEqual({ event: Buffer.from('{}'), attempts: 0 })
    expect(contentOf(fields('other', 'x', 'attempt', '3', 'event', '{}'))).toMatchObject({ attempts: 3 })
    expect(contentOf(fields('attempt', 'many'))).toEqual({ event: undefined, attempts: 0 })
  })

  it('is refused without an event, and when its event is none', () => {
    const limit = { maxBytes: 100, now: 0 }
    expect(() => frameOf(undefined, limit)).toThrow(/SM_REDIS_ENTRY/)
    expect(() => frameOf(Buffer.from('{}'), limit)).toThrow(/SM_CODEC_MALFORMED/)
    expect(() => frameOf(Buffer.alloc(101), limit)).toThrow(/SM_FRAME_TOO_LARGE/)
  })

  it('that was taken over comes in the order of its id', () => {
    const reply = ['10-2', '9-1', '10-10'].map(id => [Buffer.from(id), 1, []] as const)
    expect(toTakenEntries(reply as never).map(({ id }) => id)).toEqual(['9-1', '10-2', '10-10'])
  })
})
