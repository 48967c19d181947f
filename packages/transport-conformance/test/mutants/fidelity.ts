import {
  codecFor,
  type Delivery,
  type Frame,
  frameBytes,
  fromBytes,
  type Header,
  type Json,
  type Payload,
  smError,
  type Transport,
  toBody,
} from '@sm/core/transport'
import { changed, onTheWay, override } from '../override.ts'
import type { Mutant } from './mutant.ts'

const onArrival = (inner: Transport, change: (frame: Frame, delivery: Delivery) => Frame) =>
  onTheWay(inner, () => (delivery, hand) => hand(changed(delivery, { frame: change(delivery.frame, delivery) })))

const header = (change: (header: Header) => Partial<Header>) => (inner: Transport) =>
  onArrival(inner, ({ header, body }) => ({ header: { ...header, ...change(header) }, body }))

const payload = (change: (payload: Payload) => Payload) => (inner: Transport) =>
  onArrival(inner, ({ header, body }) => {
    const value = body.value()
    const other = change(value)
    if (other === value) return { header, body }
    return {
      header,
      body: toBody(other, codecFor(value instanceof Uint8Array ? 'application/json' : body.contentType)),
    }
  })

/** Numbers as a wire of single precision would have them. */
function round(value: Json): Json {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Math.fround(value)
  return value
}

const entriesOf = (extensions: Header['extensions']) => Object.entries(extensions ?? {})

export const fidelity: readonly Mutant[] = [
  {
    name: 'drops a header attribute',
    breaks: ['FID-01'],
    mutate: header(() => ({ tracestate: undefined })),
  },
  {
    name: 'rounds times to seconds',
    breaks: ['FID-01'],
    mutate: header(({ time }) => ({ time: Math.floor(time / 1_000) * 1_000 })),
  },
  {
    name: 'rounds numbers',
    breaks: ['FID-02'],
    mutate: payload(value => (value instanceof Uint8Array ? value : round(value))),
  },
  {
    name: 'takes bytes for text',
    // The largest frames are of bytes too.
    breaks: ['FID-03', 'FID-05', 'FID-06'],
    mutate: payload(value =>
      value instanceof Uint8Array ? new TextEncoder().encode(new TextDecoder().decode(value)) : value,
    ),
  },
  {
    name: 'takes an empty text for nothing',
    breaks: ['FID-04'],
    mutate: payload(value => (value === '' ? null : value)),
  },
  {
    name: 'refuses a frame that is allowed',
    base: 'wired',
    breaks: ['FID-05'],
    mutate: inner =>
      override(inner, {
        publish(frame, ...rest) {
          if (frameBytes(frame) >= inner.capabilities.maxFrameBytes) throw smError('SM_FRAME_TOO_LARGE', 'It is large')
          return inner.publish(frame, ...rest)
        },
      }),
  },
  {
    name: 'takes a frame above its limit',
    base: 'wired',
    breaks: ['FID-06'],
    mutate: inner => override(inner, { capabilities: { ...inner.capabilities, maxFrameBytes: 16 * 1024 } }),
  },
  {
    name: 'cuts off what is above its limit',
    base: 'wired',
    breaks: ['FID-06'],
    mutate: inner =>
      override(inner, {
        publish({ header, body }, ...rest) {
          const excess = frameBytes({ header, body }) - inner.capabilities.maxFrameBytes
          if (excess <= 0) return inner.publish({ header, body }, ...rest)
          const cut = fromBytes(body.bytes().subarray(0, -excess), body.contentType)
          return inner.publish({ header, body: cut }, ...rest)
        },
      }),
  },
  {
    name: 'writes header extensions in ASCII',
    breaks: ['FID-07'],
    mutate: header(({ extensions }) => ({
      extensions:
        extensions &&
        Object.fromEntries(entriesOf(extensions).map(([name, text]) => [name, text.replace(/[^ -~]/gu, '?')])),
    })),
  },
  {
    name: 'keeps no more than eight extensions',
    breaks: ['FID-08'],
    mutate: header(({ extensions }) => ({
      extensions: extensions && Object.fromEntries(entriesOf(extensions).slice(0, 8)),
    })),
  },
  {
    name: 'drops extensions',
    breaks: ['FID-01', 'FID-07', 'FID-08', 'ACK-02'],
    mutate: header(() => ({ extensions: undefined })),
  },
  {
    name: 'encodes a body for each receiver',
    breaks: ['FID-09'],
    mutate: inner =>
      onArrival(inner, ({ header, body }) => {
        const value = body.value()
        if (value instanceof Uint8Array) return { header, body }
        return { header, body: fromBytes(toBody(value, codecFor(body.contentType)).bytes(), body.contentType) }
      }),
  },
]
