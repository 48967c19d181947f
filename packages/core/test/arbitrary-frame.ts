import fc from 'fast-check'
import { bytesContentType, fromBytes, jsonCodec, toBody } from '../src/codec/index.ts'
import { msgpackCodec } from '../src/codec/msgpack.ts'
import { type Body, type Frame, type Json, maxTime, toHeader, toPortable } from '../src/message/index.ts'

/** Any text that a header may hold: all of Unicode but control characters. */
function text(maxLength: number, minLength = 1): fc.Arbitrary<string> {
  const char = fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom('"', '%', ' ', '\\', '=', 'é', '€', '🛒', '\uFFFD', '\uFEFF', '\u2028') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(c => !/\p{Cc}/u.test(c)) },
  )
  return fc.string({ unit: char, minLength, maxLength: Math.floor(maxLength / 2) })
}

const part = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/)
const instance = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/)
const agentRef = fc.oneof(
  part,
  fc.tuple(part, instance).map(pair => pair.join('/')),
)
const type = fc
  .array(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,9}$/), { minLength: 1, maxLength: 5 })
  .map(segments => segments.join('.'))
const extensionName = fc
  .stringMatching(/^[a-z0-9]{1,18}$/)
  // Never the name of an attribute: none of those begins with an x.
  .map(name => `x${name}`)
const foreignName = fc.constantFrom('subject', 'dataschema', 'sequence', 'constructor', 'length', 'from', 'version')

const attributes = fc.record(
  {
    id: text(512),
    type,
    from: fc.oneof(agentRef, text(512), fc.webUrl()),
    time: fc.integer({ min: 0, max: maxTime }),
    version: fc.integer({ min: 1, max: 0xffff }),
    delivery: fc.constantFrom('at-most-once', 'at-least-once'),
    to: agentRef,
    replyTo: agentRef,
    correlationId: text(512),
    causationId: text(512),
    expiresAt: fc.integer({ min: 0, max: maxTime }),
    key: text(512),
    traceparent: fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
    tracestate: text(512),
    extensions: fc.dictionary(fc.oneof(extensionName, foreignName), text(600, 0), {
      maxKeys: 32,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['id', 'type', 'from', 'time'] },
)

/** Any JSON payload. */
export const arbitraryJson: fc.Arbitrary<Json> = fc
  .jsonValue({ stringUnit: 'binary', maxDepth: 6 })
  .filter(value => !JSON.stringify(value).includes('"__proto__"'))
  .map(value => toPortable(value, true) as Json)

const bytes = fc.uint8Array({ maxLength: 200 })

interface Content {
  readonly body: Body
  readonly contentType: string
  readonly encodings?: readonly string[]
}

const encodings = fc.array(fc.stringMatching(/^[\w.+-]{1,40}$/), { minLength: 1, maxLength: 8 })

const content: fc.Arbitrary<Content> = fc.oneof(
  arbitraryJson.map(value => ({ body: toBody(value, jsonCodec), contentType: jsonCodec.contentType })),
  arbitraryJson.map(value => ({ body: toBody(value, msgpackCodec), contentType: msgpackCodec.contentType })),
  bytes.map(value => ({ body: toBody(value, jsonCodec), contentType: bytesContentType })),
  fc
    .tuple(arbitraryJson, fc.constantFrom('application/vnd.shop+json', 'application/json; charset=utf-8', 'text/json'))
    .map(([value, contentType]) => ({ body: fromBytes(jsonCodec.encode(value), contentType), contentType })),
  bytes.map(value => ({ body: fromBytes(value, 'image/png'), contentType: 'image/png' })),
  fc.tuple(bytes, encodings, fc.constantFrom(jsonCodec.contentType, msgpackCodec.contentType, bytesContentType)).map(
    ([value, encodings, contentType]): Content => ({
      body: fromBytes(value, bytesContentType),
      contentType,
      encodings,
    }),
  ),
)

/** Any frame whose header `toHeader` accepts, with a body of any kind. */
export const arbitraryFrame: fc.Arbitrary<Frame> = fc
  .tuple(attributes, content)
  .map(([given, { body, ...rest }]) => ({ header: toHeader({ ...given, ...rest }), body }))
