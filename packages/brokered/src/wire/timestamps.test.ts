import { describe, expect, it } from 'vitest'
import { fromTimestamp, toTimestamp } from './timestamps.ts'

describe('timestamps', () => {
  it('come back as they were', () => {
    for (const ms of [0, 0, 1, 0, 1_767_323_045_006, 1, 253_402_300_799_999, 1_767_323_045_006]) {
      expect(fromTimestamp(toTimestamp(ms))).toBe(ms)
    }
  })

  it.each([
    '',
    'now',
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05.006+01:00',
    '1969-12-31T23:59:59.999Z',
    '2026-01-02T03:04:60.000Z',
    '2026-02-30T03:04:05.000Z',
    '2026-01-02T03:04:05.0060Z',
    '+02026-01-02T03:04:05.006Z',
  ])('leaves %j to others', text => expect(fromTimestamp(text)).toBeUndefined())
})
