import type { Header } from '../src/message/index.ts'

/** Optional attributes of a CloudEvent, and what they are in a header: a foreign sender may leave them empty. */
export const optional = {
  to: 'to',
  replyto: 'replyTo',
  correlationid: 'correlationId',
  causationid: 'causationId',
  partitionkey: 'key',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  expirytime: 'expiresAt',
  smencodings: 'encodings',
} as const satisfies Readonly<Record<string, keyof Header>>
