import { expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { frameBytes } from '../codec/index.ts'
import { requireFrameFits } from './frame-size.ts'

it('is exact where a frame comes near the limit, its header in letters beyond ASCII included', () => {
  const wide = '\u20ac'.repeat(2_048)
  const extensions = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`x${i}`, wide]))
  const frame = makeFrame({ extensions }, 'x'.repeat(1_000))
  const bytes = frameBytes(frame)
  expect(() => requireFrameFits('pigeon', frame, bytes)).not.toThrow()
  expect(() => requireFrameFits('pigeon', frame, bytes - 1)).toThrow(
    expect.objectContaining({
      code: 'SM_FRAME_TOO_LARGE',
      details: { transport: 'pigeon', bytes, maxFrameBytes: bytes - 1, outcome: 'failed' },
    }),
  )
})
