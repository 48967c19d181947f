import { expect, it } from 'vitest'
import { parseAnnouncement } from './announcement.ts'

const parse = (value: unknown) =>
  parseAnnouncement(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

it.each([
  { event: 'began', name: 'a', filter: 'shop.js.topic.>', after: 7 },
  { event: 'began', name: 'a', filter: 'shop.js.topic.>', after: 7, pattern: '#.paid' },
  { event: 'ending', name: 'a' },
  { event: 'stays', name: 'a' },
  { event: 'ended', name: 'a', until: 9 },
])('is read: %j', announcement => {
  expect(parse(announcement)).toEqual(announcement)
})

it.each([
  'nonsense',
  null,
  [],
  { event: 'began', name: 'a' },
  { event: 'began', name: 7, filter: 'x', after: 1 },
  { event: 'ended', name: 'a' },
  { event: 'other', name: 'a' },
  { event: 'stays', name: 'x'.repeat(5_000) },
])('is refused: %j', value => {
  expect(() => parse(value)).toThrow()
})
