import assert from 'node:assert/strict'
import {
  type Address,
  codecFor,
  type Frame,
  frameBytes,
  type Header,
  type Json,
  maxExtensions,
  nameLimits,
  type Payload,
  registerCodec,
  toBody,
} from '@sm/core/transport'
import type { ConformanceCase, Need } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { attributes, refused, sameHeader, samePayload } from '../expectations.ts'
import { receives } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const address: Address = topic('fidelity.check')

/** How much longer a large frame may take, in milliseconds: a second for each MiB, for processes that share few cores. */
const msPerByte = 1_000 / 1_048_576

/**
 * Sends frames from one peer to another, on the topic or to the inbox that their header names, and shows that their
 * payloads arrive as they were, and so do these attributes of their headers.
 */
async function arriveEqual(
  env: Environment,
  frames: (producer: TestPeer, consumer: TestPeer) => readonly Frame[],
  names: readonly (keyof Header)[] = [],
): Promise<void> {
  const [producer, consumer] = await env.peers('producer', 'consumer')
  const onTopic = await consumer.listen('fidelity.check')
  const inInbox = await consumer.listen(consumer.inbox)
  for (const frame of frames(producer, consumer)) {
    const direct = frame.header.to !== undefined
    const listener = direct ? inInbox : onTopic
    const place = listener.deliveries.length
    const published = producer.publish(frame, direct ? consumer.inbox : address)
    await env.within('a publish resolves', published, frame.body.bytes().length * msPerByte)
    await listener.got(place + 1)
    const delivery = listener.deliveries[place]
    assert.ok(delivery)
    sameHeader(delivery.frame.header, frame.header, names)
    samePayload(delivery, frame)
  }
}

const payloadsArrive = (env: Environment, payloads: readonly Payload[]) =>
  arriveEqual(env, producer => payloads.map(payload => producer.frame(address, payload)))

const nested = (depth: number): Json => (depth === 0 ? 'bottom' : { list: [nested(depth - 1)] })

const shapes: readonly Payload[] = [
  ...[null, true, false, 0, 1, -1, 0.1, 1e300, 5e-324, -1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 'text'],
  [[], [[]], [null, false, 0, '']],
  { '': 'empty key', 'a.b': 1, 'with space': 2, constructor: 3, toString: 4, length: 5 },
  { list: Array.from({ length: 300 }, (_, i) => i), long: 'x'.repeat(5_000) },
  Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, { i }])),
  nested(20),
]

// Line ends, a byte order mark, the replacement character itself, astral and combining characters, both directions.
const unicode = 'Größe ¿ñ? Ж 漢字 한글 🎉👩‍👩‍👧‍👦 e\u0301 \u2028\u2029 \uFEFF \uFFFD العربية עברית \u200F'

const everyAttribute = {
  version: 7,
  replyTo: 'asker/01J00000000000000000000000',
  correlationId: 'conversation-1',
  causationId: 'cause-1',
  time: 1_700_000_000_123,
  expiresAt: 4_102_444_800_001,
  key: 'key 7 / a',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  extensions: { dataschema: 'https://example.org/schema', subject: 'a subject' },
} satisfies Partial<Header>

/** A frame with a body of bytes that is so large in all. */
function frameOf(producer: TestPeer, bytes: number): Frame {
  const empty = producer.frame(address, new Uint8Array(0))
  const body = new Uint8Array(bytes - frameBytes(empty))
  for (let i = 0; i < body.length; i += 997) body[i] = i
  return producer.frame(address, body, { id: empty.header.id })
}

const limited: Need = {
  unmet: ({ capabilities: { maxFrameBytes } }) =>
    maxFrameBytes === Number.POSITIVE_INFINITY ? 'it sets no limit' : undefined,
  otherwise: env => arriveEqual(env, producer => [frameOf(producer, env.limits.largestFrameBytes)]),
}

const tryable: Need = {
  unmet: ({ capabilities: { maxFrameBytes }, limits: { largestFrameBytes } }) =>
    maxFrameBytes > largestFrameBytes
      ? `its limit of ${maxFrameBytes} bytes is above the ${largestFrameBytes} that the harness allows to try`
      : undefined,
}

let countingCodecs = 0

/** Frames arrive as they were sent. */
export const fidelity: readonly ConformanceCase[] = [
  {
    id: 'FID-01',
    title: 'Every attribute of a header arrives as it was sent.',
    needs: [receives],
    run: env =>
      arriveEqual(
        env,
        (producer, consumer) => [
          producer.frame(address, 'all', everyAttribute),
          producer.frame(consumer.inbox, 'direct', everyAttribute),
          producer.frame(address, 'none'),
          producer.frame(address, new Uint8Array([1, 2, 3]), {
            contentType: env.codec.contentType,
            encodings: ['x-squeezed', 'x-sealed'],
          }),
          ...env.levels.map(delivery => producer.frame(address, delivery, { delivery })),
        ],
        attributes,
      ),
  },
  {
    id: 'FID-02',
    title: 'A JSON payload arrives equal, whatever its shape.',
    needs: [receives],
    run: env => payloadsArrive(env, shapes),
  },
  {
    id: 'FID-03',
    title: 'A payload of bytes arrives byte for byte.',
    needs: [receives],
    run: env =>
      payloadsArrive(env, [
        Uint8Array.from({ length: 256 }, (_, i) => i),
        Uint8Array.from([0xc3, 0x28, 0x00, 0x0a, 0x0d, 0xff, 0xfe]),
        new TextEncoder().encode('{"looks":"like JSON"}'),
        Uint8Array.from({ length: 20_000 }, (_, i) => (i * i + (i >> 3)) % 251),
      ]),
  },
  {
    id: 'FID-04',
    title: 'Empty payloads arrive: an empty text, an empty list, no bytes.',
    needs: [receives],
    run: env => payloadsArrive(env, ['', [], {}, new Uint8Array(0)]),
  },
  {
    id: 'FID-05',
    title: 'A frame as large as maxFrameBytes allows arrives whole.',
    needs: [receives, limited, tryable],
    run: env => arriveEqual(env, producer => [frameOf(producer, env.capabilities.maxFrameBytes)]),
  },
  {
    id: 'FID-06',
    title: 'A frame above maxFrameBytes is refused with SM_FRAME_TOO_LARGE, and nothing of it arrives.',
    needs: [receives, limited, tryable],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('fidelity.check')
      const frame = frameOf(producer, env.capabilities.maxFrameBytes + 1)
      await refused('SM_FRAME_TOO_LARGE', 'A frame above the limit', () => producer.publish(frame, address))
      await env.silence(producer, [address, listener])
      assert.equal(listener.deliveries.length, 0, 'A frame above the limit arrived')
    },
  },
  {
    id: 'FID-07',
    title: 'Unicode survives in payloads and in header extensions.',
    needs: [receives],
    run: env =>
      arriveEqual(
        env,
        producer => [
          producer.frame(address, { [unicode]: [unicode, '\u0000\u001F"\\/\u007F'] }),
          // A header takes no control characters, and U+2028 is none.
          producer.frame(address, unicode, { extensions: { xunicode: unicode, xpercent: '100% %41 "q" \\' } }),
          producer.frame(address, unicode, { key: unicode, correlationId: unicode }),
        ],
        ['key', 'correlationId', 'extensions'],
      ),
  },
  {
    id: 'FID-08',
    title: 'Extensions that no one here knows are kept.',
    needs: [receives],
    run: env =>
      arriveEqual(
        env,
        producer => [
          producer.frame(address, 'few', {
            extensions: { xunknown: 'kept', comexampleothext: '7', 0: 'zero', empty: '' },
          }),
          producer.frame(address, 'long', { extensions: { xlong: 'v'.repeat(nameLimits.extension) } }),
          producer.frame(address, 'many', {
            extensions: Object.fromEntries(Array.from({ length: maxExtensions }, (_, i) => [`x${i}`, `value ${i}`])),
          }),
        ],
        ['extensions'],
      ),
  },
  {
    id: 'FID-09',
    title: 'A body is encoded at most once, however many receive it.',
    needs: [receives],
    async run(env) {
      let encodings = 0
      const counting = {
        ...env.codec,
        name: `conformance-${++countingCodecs}`,
        contentType: `application/x-conformance-${countingCodecs}`,
        encode(value: Parameters<typeof env.codec.encode>[0]) {
          encodings += 1
          return env.codec.encode(value)
        },
      }
      // Registered, so that a transport that encodes a body anew is counted too.
      registerCodec(counting)
      const [producer, a, b] = await env.peers('producer', 'a', 'b')
      const targets = [await a.listen('fidelity.check'), await b.listen('fidelity.check')]
      targets.push(await b.listen('fidelity.check', { group: 'another' }))
      const body = toBody({ counted: true }, codecFor(counting.contentType))
      const { header } = producer.frame(address, null, { contentType: counting.contentType })
      await env.within('a publish resolves', producer.publish({ header, body }, address))
      await env.eventually('the frame arrives', () => targets.some(({ ids }) => ids.length > 0))
      await env.silence(producer, [address, ...targets])
      const arrived = targets.flatMap(({ deliveries }) => deliveries)
      for (const { frame } of arrived) assert.deepEqual(frame.body.value(), { counted: true })
      assert.ok(encodings <= 1, `The body was encoded ${encodings} times`)
    },
  },
]
