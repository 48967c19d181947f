import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Place } from '../pair.ts'
import { listening, type Medium } from './raw.ts'

/** Where the far end number `index` listens. */
export const addressOf = ({ ports }: Place, index: number) => ({ host: '127.0.0.1', port: ports[index + 1] as number })

/** TCP without Nagle's algorithm: nothing is encrypted. */
export const tcp: Medium = {
  listen(place, index, accept) {
    const server = createServer({ noDelay: true }, accept)
    return listening(server, () => server.listen(addressOf(place, index)))
  },
  async connect(place, index) {
    const socket = connect({ ...addressOf(place, index), noDelay: true })
    await once(socket, 'connect')
    return socket
  },
}
