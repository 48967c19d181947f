import { execFile } from 'node:child_process'
import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Pair, Place } from '../pair.ts'
import { readValues } from './framing.ts'
import { answerOver, askOver, sendOver } from './raw.ts'

const run = promisify(execFile)
const pathOf = ({ directory }: Place, index: number, way: 'there' | 'back') => join(directory, `${index}.${way}.pipe`)

/** An end of a FIFO. Opened for both ways, so that neither side has to be there first; used for one. */
function open(path: string, way: 'readable' | 'writable'): Socket {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  return new Socket({ fd, readable: way === 'readable', writable: way === 'writable' })
}

/** Raw FIFOs, one for each direction. */
export function fifo(coalesced: boolean): Pair {
  return {
    async receive(place, index, handle) {
      const path = pathOf(place, index, 'there')
      await run('mkfifo', ['-m', '600', path])
      const socket = open(path, 'readable')
      readValues(socket, handle)
      return { close: async () => void socket.destroy() }
    },
    async answer(place) {
      const [there, back] = [pathOf(place, 0, 'there'), pathOf(place, 0, 'back')]
      await run('mkfifo', ['-m', '600', there, back])
      const sockets = [open(there, 'readable'), open(back, 'writable')] as const
      answerOver(...sockets, coalesced)
      return {
        close: async () => {
          for (const socket of sockets) socket.destroy()
        },
      }
    },
    async send(place) {
      const paths = Array.from({ length: place.far }, (_, index) => pathOf(place, index, 'there'))
      return sendOver(
        paths.map(path => open(path, 'writable')),
        coalesced,
      )
    },
    async ask(place) {
      const incoming = open(pathOf(place, 0, 'back'), 'readable')
      return askOver(incoming, open(pathOf(place, 0, 'there'), 'writable'), coalesced)
    },
  }
}
