import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryFrame, arbitraryJson } from '../../test/arbitrary-frame.ts'
import type { Frame } from '../message/index.ts'
import { toBody } from './body.ts'
import { fromCloudEventHeaders, toCloudEventHeaders } from './cloudevents-headers.ts'
import { fromCloudEventJson, toCloudEventJson } from './cloudevents-json.ts'
import type { Codec } from './codec.ts'
import { decodeFrame } from './compact-decode.ts'
import { encodeFrame } from './compact-encode.ts'
import { isJsonType } from './find-codec.ts'
import { jsonCodec } from './json.ts'
import { msgpackCodec } from './msgpack.ts'
import { fromBytes } from './received-body.ts'

/** There and back through one wire form. */
const forms: ReadonlyArray<readonly [string, (frame: Frame) => Frame]> = [
  ['compact', frame => decodeFrame(encodeFrame(frame))],
  ['compact, in plain bytes', frame => decodeFrame(new Uint8Array(encodeFrame(frame)))],
  ['CloudEvents JSON', frame => fromCloudEventJson(toCloudEventJson(frame))],
  ['CloudEvents JSON in bytes', frame => fromCloudEventJson(Buffer.from(toCloudEventJson(frame)))],
  [
    'CloudEvents headers',
    frame => fromCloudEventHeaders(Object.entries(toCloudEventHeaders(frame)), frame.body.bytes()),
  ],
  [
    'CloudEvents headers as AMQP has them',
    frame => {
      const options = { prefix: 'cloudEvents:', percent: false }
      return fromCloudEventHeaders(Object.entries(toCloudEventHeaders(frame, options)), frame.body.bytes(), options)
    },
  ],
]

/** A body as whoever receives it sees it. */
function seen({ header, body }: Frame): unknown {
  const { contentType } = body
  if (contentType === 'image/png' || header.encodings) return { contentType, bytes: new Uint8Array(body.bytes()) }
  return { contentType, value: body.value() }
}

describe.each(forms)('%s', (_, throughForm) => {
  it('brings every legal frame through unchanged', () => {
    fc.assert(
      fc.property(arbitraryFrame, frame => {
        const arrived = throughForm(frame)
        expect(arrived.header).toStrictEqual(frame.header)
        expect(seen(arrived)).toStrictEqual(seen(frame))
      }),
      { numRuns: 300 },
    )
  })
})

it('CloudEvents headers are printable ASCII without spaces, content type aside', () => {
  fc.assert(
    fc.property(arbitraryFrame, frame => {
      const { 'content-type': contentType, ...headers } = toCloudEventHeaders(frame)
      expect(contentType).toBe(frame.header.contentType)
      for (const [name, value] of Object.entries(headers)) {
        expect(name).toMatch(/^ce-[a-z0-9]+$/)
        expect(value).toMatch(/^[!#-~]*$/)
      }
    }),
    { numRuns: 200 },
  )
})

it('CloudEvents JSON keeps a JSON payload readable, and everything else in base64', () => {
  fc.assert(
    fc.property(arbitraryFrame, frame => {
      const event = JSON.parse(toCloudEventJson(frame))
      const readable = frame.header.encodings === undefined && isJsonType(frame.header.contentType)
      expect('data' in event).toBe(readable)
      expect('data_base64' in event).toBe(!readable)
    }),
    { numRuns: 200 },
  )
})

describe.each<readonly [string, Codec]>([
  ['json', jsonCodec],
  ['msgpack', msgpackCodec],
])('the codec %s', (_, codec) => {
  it('brings every JSON payload through unchanged', () => {
    fc.assert(
      fc.property(arbitraryJson, value => {
        const bytes = toBody(value, codec).bytes()
        expect(fromBytes(bytes, codec.contentType).value()).toStrictEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('gives bytes that later encodings leave alone', () => {
    fc.assert(
      fc.property(fc.array(arbitraryJson, { minLength: 2, maxLength: 20 }), values => {
        const encoded = values.map(value => codec.encode(value))
        expect(encoded.map(bytes => fromBytes(bytes, codec.contentType).value())).toStrictEqual(values)
      }),
      { numRuns: 50 },
    )
  })
})
