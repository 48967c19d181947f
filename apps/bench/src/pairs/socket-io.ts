import { once } from 'node:events'
import { basename } from 'node:path'
import { io, type Socket } from 'socket.io-client'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import { webSocketServers } from '../websocket-servers.ts'
import { Waiting } from './waiting.ts'

/** Nobody else has the directory of a place: its name makes a room. */
async function connect({ directory }: Place, handle?: (sample: Sample) => void): Promise<Socket> {
  const auth = { room: basename(directory) }
  const socket = io(webSocketServers().socketIo, { transports: ['websocket'], auth, forceNew: true })
  if (handle) socket.on('sample', handle)
  await once(socket as never, 'connect')
  return socket
}

const close = (socket: Socket) => async () => void socket.disconnect()

/** How much may wait in the socket before the next message, in messages: Socket.IO does not say when it is full. */
const drained = (socket: Socket) =>
  new Promise<void>(resolve => {
    const { engine } = socket.io
    if (engine.writeBuffer.length < 1_000) resolve()
    else engine.once('drain', () => resolve())
  })

/** Socket.IO as its guide has it, over WebSockets alone: a room for both ends. */
export const socketIo: Pair = {
  async receive(place, _index, handle) {
    return { close: close(await connect(place, handle)) }
  },
  async send(place) {
    const socket = await connect(place)
    return {
      publish(sample) {
        socket.emit('sample', sample)
        return drained(socket)
      },
      close: close(socket),
    }
  },
  async answer(place) {
    const socket = await connect(place, ({ seq, ts, body }) => void socket.emit('sample', { seq, ts, body }))
    return { close: close(socket) }
  },
  async ask(place) {
    const waiting = new Waiting()
    const socket = await connect(place, waiting.answered)
    return {
      request: sample => waiting.ask(sample, () => void socket.emit('sample', sample)),
      close: close(socket),
    }
  },
}
