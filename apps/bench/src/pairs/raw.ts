import type { Socket } from 'node:net'
import type { OneWay } from '../one-way.ts'
import type { Sample } from '../payload.ts'
import type { RoundTrip } from '../round-trip.ts'
import { createSender, readValues } from './framing.ts'

/** What raw sockets have in common, whatever they are sockets of. */

export function sendOver(sockets: readonly Socket[], coalesced: boolean): OneWay {
  const send = createSender(sockets, coalesced)
  return {
    publish: send,
    // It says itself when it is full.
    window: 1,
    close: async () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

export function answerOver(incoming: Socket, outgoing: Socket, coalesced: boolean): void {
  const send = createSender([outgoing], coalesced)
  readValues(incoming, ({ seq, ts, body }: Sample) => void send({ seq, ts, body }))
}

export function askOver(incoming: Socket, outgoing: Socket, coalesced: boolean): RoundTrip {
  const send = createSender([outgoing], coalesced)
  const waiting = new Map<number, (sample: Sample) => void>()
  readValues(incoming, (reply: Sample) => {
    waiting.get(reply.seq)?.(reply)
    waiting.delete(reply.seq)
  })
  return {
    request: sample =>
      new Promise(resolve => {
        waiting.set(sample.seq, resolve)
        void send(sample)
      }),
    close: async () => {
      incoming.destroy()
      outgoing.destroy()
    },
  }
}
