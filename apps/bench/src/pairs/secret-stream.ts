import { once } from 'node:events'
import type { Socket } from 'node:net'
import SecretStream from '@hyperswarm/secret-stream'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import type { Send } from './framing.ts'
import { tcp } from './tcp.ts'
import { Waiting } from './waiting.ts'

const keyPair = SecretStream.keyPair()

/** The side that is called. */
export const respondTo = (socket: Socket) => guarded(new SecretStream(false, socket, { keyPair }))

/** The side that calls. Rejects when the handshake fails. */
export async function initiateOver(socket: Socket): Promise<SecretStream> {
  const stream = guarded(new SecretStream(true, socket, { keyPair }))
  if (!(await stream.opened)) throw new Error('A handshake of secret-stream failed')
  return stream
}

/** An end that hangs up is no fault here; a message that is missing shows by its absence. */
function guarded(stream: SecretStream): SecretStream {
  return stream.on('error', () => undefined)
}

/** It keeps the bounds of messages: each is one write. */
function sendTo(streams: readonly SecretStream[]): Send {
  let draining: Promise<void> | undefined
  return value => {
    const json = JSON.stringify(value)
    const full = streams.filter(stream => !stream.write(json))
    if (full.length > 0) {
      draining ??= Promise.all(full.map(stream => once(stream, 'drain'))).then(() => {
        draining = undefined
      })
    }
    return draining
  }
}

function readFrom(stream: SecretStream, handle: (sample: Sample) => void): void {
  stream.on('data', (bytes: Buffer) => handle(JSON.parse(bytes.toString()) as Sample))
}

const dial = async (place: Place, index: number) => initiateOver(await tcp.connect(place, index))

/** Noise and the secretstream of libsodium over TCP, as the peers of Hyperswarm speak. */
export const secretStream: Pair = {
  receive: (place, index, handle) => tcp.listen(place, index, socket => readFrom(respondTo(socket), handle)),
  answer: place =>
    tcp.listen(place, 0, socket => {
      const stream = respondTo(socket)
      const send = sendTo([stream])
      readFrom(stream, ({ seq, ts, body }) => void send({ seq, ts, body }))
    }),
  async send(place) {
    const streams = await Promise.all(Array.from({ length: place.far }, (_, index) => dial(place, index)))
    return {
      publish: sendTo(streams),
      // It says itself when it is full.
      window: 1,
      close: async () => {
        for (const stream of streams) stream.destroy()
      },
    }
  },
  async ask(place) {
    const stream = await dial(place, 0)
    const send = sendTo([stream])
    const waiting = new Waiting()
    readFrom(stream, waiting.answered)
    return {
      request: sample => waiting.ask(sample, () => void send(sample)),
      close: async () => void stream.destroy(),
    }
  },
}
