import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { End, Pair, Place } from '../pair.ts'
import { openLanetHandshake } from './lanet-handshake.ts'
import type { Medium } from './raw.ts'
import { tcp } from './tcp.ts'
import { tls } from './tls.ts'

/** How the ends of a connection come to know each other. */
interface Handshake {
  /** Greets each caller as soon as it has proved who it is. */
  answer(place: Place): Promise<End>
  /** Connects, and resolves when the greeting has come. */
  dial(place: Place): Promise<Pick<Duplex, 'destroy'>>
}

/** Both ends know each other when the one that was called has greeted: the caller alone is done before that. */
const greeting = '!'

async function greeted<Stream extends Duplex>(stream: Stream): Promise<Stream> {
  await once(stream, 'data')
  return stream
}

const over = (medium: Medium): Handshake => ({
  answer: place => medium.listen(place, 0, socket => void socket.write(greeting)),
  dial: async place => greeted(await medium.connect(place, 0)),
})

async function secretStream(): Promise<Handshake> {
  const { initiateOver, respondTo } = await import('./secret-stream.ts')
  return {
    answer: place => tcp.listen(place, 0, socket => void respondTo(socket).write(greeting)),
    dial: async place => greeted(await initiateOver(await tcp.connect(place, 0))),
  }
}

/** Its last message is a greeting by itself. */
async function lanet(): Promise<Handshake> {
  const { initiate, respond } = await openLanetHandshake()
  const shaken = async (place: Place, socket: Socket) => {
    await initiate(place, socket)
    return socket
  }
  return {
    answer: place => tcp.listen(place, 0, socket => void respond(place, socket).catch(() => socket.destroy())),
    dial: async place => shaken(place, await tcp.connect(place, 0)),
  }
}

const handshakes = {
  tcp: async () => over(tcp),
  tls: async () => over(tls),
  'secret-stream': secretStream,
  lanet,
}

export type HandshakeName = keyof typeof handshakes

async function never(): Promise<never> {
  throw new Error('This system is measured by its handshake only')
}

/** Each request is a connection of its own: it is made, the ends prove who they are, and it is ended. */
export async function handshake(name: HandshakeName): Promise<Pair> {
  const { answer, dial } = await handshakes[name]()
  return {
    receive: never,
    send: never,
    answer,
    ask: async place => ({
      async request(sample) {
        ;(await dial(place)).destroy()
        return sample
      },
      close: async () => undefined,
    }),
  }
}
