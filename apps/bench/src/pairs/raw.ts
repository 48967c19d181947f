import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import type { OneWay } from '../one-way.ts'
import type { End, Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import type { RoundTrip } from '../round-trip.ts'
import { createSender, readValues } from './framing.ts'
import { Waiting } from './waiting.ts'

/** The work of raw sockets, whatever they are sockets of. */

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
  const waiting = new Waiting()
  readValues(incoming, waiting.answered)
  return {
    request: sample => waiting.ask(sample, () => void send(sample)),
    close: async () => {
      incoming.destroy()
      outgoing.destroy()
    },
  }
}

/** How sockets of one kind are made. */
export interface Medium {
  /** Resolves when the far end number `index` can be reached. */
  listen(place: Place, index: number, accept: (socket: Socket) => void): Promise<End>
  connect(place: Place, index: number): Promise<Socket>
}

/** Listens as `begin` says. The end that it returns closes the sockets too. */
export async function listening(server: Server, begin: () => void): Promise<End> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  server.on('connection', keep)
  // TLS tells of a second socket, which is around the first.
  server.on('secureConnection', keep)
  begin()
  await once(server, 'listening')
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** JSON over raw sockets, with one write per message or with the messages of a tick in one. */
export function raw(medium: Medium, coalesced: boolean): Pair {
  return {
    receive: (place, index, handle) => medium.listen(place, index, socket => readValues(socket, handle)),
    answer: place => medium.listen(place, 0, socket => answerOver(socket, socket, coalesced)),
    async send(place) {
      const connecting = Array.from({ length: place.far }, (_, index) => medium.connect(place, index))
      return sendOver(await Promise.all(connecting), coalesced)
    },
    async ask(place) {
      const socket = await medium.connect(place, 0)
      return askOver(socket, socket, coalesced)
    },
  }
}
