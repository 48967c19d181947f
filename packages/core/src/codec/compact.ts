/**
 * The compact binary form of a frame, version 1. Mesh transports put it into their packets. Integers are big-endian.
 *
 * | at | size | field |
 * | --- | --- | --- |
 * | 0 | 1 | version of this form: 1 |
 * | 1 | 2 | flags, see below |
 * | 3 | 2 | `version` of the message type |
 * | 5 | 8 | `time`, epoch milliseconds |
 * | 13 | 8 | `expiresAt`, epoch milliseconds; only with its flag |
 * | … | 1 | number of extensions, 1 … 32; only with its flag |
 * | … | 2 × n | lengths of the n texts, in bytes |
 * | … | | the texts, UTF-8, one after the other |
 * | … | | the body, up to the end |
 *
 * The texts are `id`, `type`, `from`; then, each only with its flag and in this order, `to`, `replyTo`,
 * `correlationId`, `causationId`, `key`, `contentType`, `encodings` (joined by commas), `traceparent`, `tracestate`;
 * then name and value of each extension. The lengths stand together, ahead of the texts, so that a reader can take all
 * texts out of the buffer in one go and cut them apart afterwards.
 *
 * | bit | set when |
 * | --- | --- |
 * | 0 | `delivery` is at-least-once |
 * | 1 | `expiresAt` is there |
 * | 2 … 6 | `to`, `replyTo`, `correlationId`, `causationId`, `key` are there |
 * | 7 | `contentType` is other than `application/json` |
 * | 8 … 10 | `encodings`, `traceparent`, `tracestate` are there |
 * | 11 | there are extensions |
 * | 12 … 15 | never: a frame with one of them set is refused |
 */
export const compactVersion = 1

/** Where the part that every frame has ends. */
export const fixedBytes = 13

/** Most bytes that the length of one text can say. */
export const maxTextBytes = 0xffff

/** Content type that a frame has when it says none. */
export const impliedContentType = 'application/json'

/** The bits of the flags. */
export const flag = {
  atLeastOnce: 1 << 0,
  expiresAt: 1 << 1,
  to: 1 << 2,
  replyTo: 1 << 3,
  correlationId: 1 << 4,
  causationId: 1 << 5,
  key: 1 << 6,
  contentType: 1 << 7,
  encodings: 1 << 8,
  traceparent: 1 << 9,
  tracestate: 1 << 10,
  extensions: 1 << 11,
} as const

/** All flags that this version knows. */
export const knownFlags = 0x0fff
