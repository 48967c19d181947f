import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxTime } from '../message/index.ts'
import { formatTimestamp, parseTimestamp } from './rfc3339.ts'

describe('RFC 3339', () => {
  it('writes and reads every time that a header may hold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: maxTime }), ms => {
        expect(formatTimestamp(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        expect(parseTimestamp(formatTimestamp(ms))).toBe(ms)
      }),
    )
    expect(parseTimestamp(formatTimestamp(maxTime))).toBe(maxTime)
  })

  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2018-04-05T17:31:00Z', Date.UTC(2018, 3, 5, 17, 31)],
    ['2018-04-05t17:31:00z', Date.UTC(2018, 3, 5, 17, 31)],
    ['2018-04-05 17:31:00Z', Date.UTC(2018, 3, 5, 17, 31)],
    ['2018-04-05T17:31:00+02:00', Date.UTC(2018, 3, 5, 15, 31)],
    ['2018-04-05T17:31:00-00:30', Date.UTC(2018, 3, 5, 18, 1)],
    ['2018-04-05T17:31:00.5Z', Date.UTC(2018, 3, 5, 17, 31, 0, 500)],
    ['2018-04-05T17:31:00.123999999Z', Date.UTC(2018, 3, 5, 17, 31, 0, 123)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, ms) => {
    expect(parseTimestamp(text)).toBe(ms)
  })

  it.each([
    '',
    'now',
    '2018-04-05',
    '2018-04-05T17:31Z',
    '2018-04-05T17:31:00',
    '2018-04-05T17:31:00.Z',
    '2018-04-05T17:31:00+2:00',
    '2018-13-05T17:31:00Z',
    '2018-02-29T00:00:00Z',
    '2018-04-31T00:00:00Z',
    '2018-04-05T25:00:00Z',
    '18-04-05T17:31:00Z',
    '+002018-04-05T17:31:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59-01:00',
    ' 2018-04-05T17:31:00Z',
    '2018-04-05T17:31:00Z\n',
    '1522949460',
  ])('does not take %j for a time', text => {
    expect(parseTimestamp(text)).toBeUndefined()
  })
})
