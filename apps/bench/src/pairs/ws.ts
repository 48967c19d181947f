import { once } from 'node:events'
import { basename } from 'node:path'
import { WebSocket } from 'ws'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import { webSocketServers } from '../websocket-servers.ts'
import { Waiting } from './waiting.ts'

/** Nobody else has the directory of a place: its name makes a path of the relay. */
async function connect({ directory }: Place, handle?: (sample: Sample) => void): Promise<WebSocket> {
  const socket = new WebSocket(`${webSocketServers().relay}/${basename(directory)}`, { perMessageDeflate: false })
  if (handle) socket.on('message', data => handle(JSON.parse(String(data)) as Sample))
  await once(socket, 'open')
  return socket
}

const close = (socket: WebSocket) => async () => socket.terminate()

/** Plain WebSockets through a relay, JSON in texts. */
export const ws: Pair = {
  async receive(place, _index, handle) {
    return { close: close(await connect(place, handle)) }
  },
  async send(place) {
    const socket = await connect(place)
    return {
      publish: sample => new Promise<void>(resolve => socket.send(JSON.stringify(sample), () => resolve())),
      close: close(socket),
    }
  },
  async answer(place) {
    const socket = await connect(place, ({ seq, ts, body }) => socket.send(JSON.stringify({ seq, ts, body })))
    return { close: close(socket) }
  },
  async ask(place) {
    const waiting = new Waiting()
    const socket = await connect(place, waiting.answered)
    return {
      request: sample => waiting.ask(sample, () => socket.send(JSON.stringify(sample))),
      close: close(socket),
    }
  },
}
