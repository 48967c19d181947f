import { expect, it } from 'vitest'
import { maxEncodings, maxExtensions, nameLimits, toHeader } from '../message/index.ts'
import { frameBytes } from './compact-encode.ts'
import { maxEncodedHeaderBytes } from './header-bound.ts'

/** A character that takes one unit in UTF-16 and three bytes in UTF-8. */
const wide = '\u20ac'

it('is at least what the largest header takes', () => {
  const text = wide.repeat(nameLimits.text)
  const name = `${'a'.repeat(nameLimits.part)}/${'0'.repeat(26)}`
  const extension = (i: number) => `${i}`.padStart(nameLimits.extensionName, 'x')
  const header = toHeader({
    id: text,
    type: 'a'.repeat(nameLimits.type),
    version: 0xffff,
    from: text,
    to: name,
    replyTo: name,
    correlationId: text,
    causationId: text,
    time: 1,
    expiresAt: 2,
    key: text,
    delivery: 'at-least-once',
    contentType: `a/${'b'.repeat(nameLimits.text - 2)}`,
    encodings: Array.from({ length: maxEncodings }, () => 'e'.repeat(nameLimits.encoding)),
    traceparent: text,
    tracestate: text,
    extensions: Object.fromEntries(
      Array.from({ length: maxExtensions }, (_, i) => [extension(i), wide.repeat(nameLimits.extension)]),
    ),
  })
  const nothing = new Uint8Array(0)
  const body = { contentType: header.contentType, value: () => nothing, bytes: () => nothing }
  const largest = frameBytes({ header, body })
  expect(largest).toBeLessThanOrEqual(maxEncodedHeaderBytes)
  expect(largest).toBeGreaterThan(maxEncodedHeaderBytes * 0.98)
})
