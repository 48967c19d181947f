import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Place } from '../pair.ts'
import { listening, type Medium } from './raw.ts'

const pathOf = ({ directory }: Place, index: number) => join(directory, `${index}.sock`)

/** Unix sockets. */
export const unixSocket: Medium = {
  listen(place, index, accept) {
    const server = createServer(accept)
    return listening(server, () => server.listen(pathOf(place, index)))
  },
  async connect(place, index) {
    const socket = connect(pathOf(place, index))
    await once(socket, 'connect')
    return socket
  },
}
