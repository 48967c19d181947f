import { readdir } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import type { Cancel, Clock } from '@sm/core/transport'
import {
  type Connection,
  type DiscoveryListener,
  fromSockets,
  type MeshDriver,
  type Self,
  type Sighting,
} from '@sm/mesh'

const ROOT = '\\\\.\\pipe\\'

/**
 * Links over the named pipes of Windows, which are two-way and belong to their server's process: nothing is left behind
 * by one that dies. Others are found by listing the pipes. Not run in this project's own tests, which have no Windows.
 */
export class WindowsDriver implements MeshDriver {
  readonly #self: Self
  readonly #clock: Clock
  readonly #pollMs: number
  readonly #prefix: string
  #server: Server | undefined
  #timer: Cancel | undefined
  #seen = new Set<string>()

  constructor(pollMs: number, context: Self & { readonly clock: Clock }) {
    this.#self = context
    this.#clock = context.clock
    this.#pollMs = pollMs
    this.#prefix = `sm.${context.namespace}.`
  }

  listen(accept: (connection: Connection) => void): Promise<void> {
    const { agent, instance } = this.#self
    const server = createServer(socket => accept(fromSockets('a caller', socket)))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(`${ROOT}${this.#prefix}${agent}.${instance}`, () => resolve())
    })
  }

  async discover(listener: DiscoveryListener): Promise<void> {
    await this.#look(listener)
    const again = () => {
      this.#timer = this.#clock.schedule(() => {
        void this.#look(listener)
        again()
      }, this.#pollMs)
    }
    again()
  }

  dial({ location, agent, instance }: Sighting, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(location)
      const onAbort = () => socket.destroy(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        signal.removeEventListener('abort', onAbort)
        socket.off('error', reject)
        resolve(fromSockets(`${agent}/${instance}`, socket))
      })
    })
  }

  forget(): void {
    // A pipe goes with its process.
  }

  async close(): Promise<void> {
    this.#timer?.()
    this.#server?.close()
  }

  async #look(listener: DiscoveryListener): Promise<void> {
    const seen = new Set<string>()
    for (const name of await readdir(ROOT)) {
      const [agent, instance, ...rest] = name.startsWith(this.#prefix) ? name.slice(this.#prefix.length).split('.') : []
      if (agent === undefined || instance === undefined || rest.length > 0) continue
      seen.add(instance)
      if (!this.#seen.has(instance)) listener.found({ agent, instance, location: ROOT + name })
    }
    for (const instance of this.#seen) if (!seen.has(instance)) listener.lost(instance)
    this.#seen = seen
  }
}
