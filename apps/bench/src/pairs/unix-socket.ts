import { once } from 'node:events'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { End, Pair, Place } from '../two-processes/pair.ts'
import { readValues } from './framing.ts'
import { answerOver, askOver, sendOver } from './raw.ts'

const pathOf = ({ directory }: Place, index: number) => join(directory, `${index}.sock`)

async function listen(path: string, accept: (socket: Socket) => void): Promise<End> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    accept(socket)
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

async function connect(path: string): Promise<Socket> {
  const socket = connectTo(path)
  await once(socket, 'connect')
  return socket
}

/** Raw Unix sockets, with one write per message or with the messages of a tick in one. */
export function unixSocket(coalesced: boolean): Pair {
  return {
    receive: (place, index, handle) => listen(pathOf(place, index), socket => readValues(socket, handle)),
    answer: place => listen(pathOf(place, 0), socket => answerOver(socket, socket, coalesced)),
    async send(place) {
      const sockets = await Promise.all(Array.from({ length: place.far }, (_, index) => connect(pathOf(place, index))))
      return sendOver(sockets, coalesced)
    },
    async ask(place) {
      const socket = await connect(pathOf(place, 0))
      return askOver(socket, socket, coalesced)
    },
  }
}
