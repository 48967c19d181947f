import { connect, createServer, type Server } from 'node:net'
import type { Clock } from '@sm/core/transport'
import {
  type Connection,
  type DiscoveryListener,
  fromSockets,
  type MeshDriver,
  type Self,
  type Sighting,
} from '@sm/mesh'
import { templateMeshError } from './errors.ts'
import { NoticeBoard } from './notice-board.ts'

export interface TemplateMeshDriverOptions {
  readonly directory: string | undefined
  readonly pollMs: number
}

/**
 * A listener, a dialler and a discovery: all that is this wire's own. Here they are TCP on this machine and a directory in
 * which each agent leaves a notice. Replace them by your wire one by one; the conformance suite passes at every step.
 */
export class TemplateMeshDriver implements MeshDriver {
  readonly #board: NoticeBoard
  #server: Server | undefined

  constructor({ directory, pollMs }: TemplateMeshDriverOptions, context: Self & { readonly clock: Clock }) {
    this.#board = new NoticeBoard(directory, pollMs, context)
  }

  /** The listener. TODO open the place where others dial in, and keep strangers out: the mesh does not ask who calls. */
  async listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void> {
    const server = createServer({ noDelay: true }, socket => accept(fromSockets('a caller', socket)))
    this.#server = server
    const port = await portOf(server)
    server.on('error', cause => onFault(templateMeshError('SM_TEMPLATE_MESH_LISTEN', 'The port failed', { cause })))
    // Only now that somebody answers is anybody told.
    this.#board.post({ port, processId: process.pid })
  }

  /** The discovery. TODO tell who is there (before this resolves: everyone who is there already) and who is no more. */
  async discover(listener: DiscoveryListener): Promise<void> {
    this.#board.watch(listener)
  }

  /** The dialler. TODO open a connection: any two-way stream of bytes that keeps order is one. */
  dial({ agent, instance, location }: Sighting, signal: AbortSignal): Promise<Connection> {
    const peer = `${agent}/${instance}`
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const notice = this.#board.read(location)
      if (!notice) {
        reject(templateMeshError('SM_TEMPLATE_MESH_DIAL', `${peer} has left`))
        return
      }
      const socket = connect({ host: '127.0.0.1', port: notice.port, noDelay: true })
      const onAbort = () => {
        socket.destroy()
        reject(signal.reason)
      }
      const onError = (cause: Error) => {
        signal.removeEventListener('abort', onAbort)
        reject(templateMeshError('SM_TEMPLATE_MESH_DIAL', `${peer} does not answer`, { cause }))
      }
      signal.addEventListener('abort', onAbort, { once: true })
      socket.once('error', onError)
      socket.once('connect', () => {
        signal.removeEventListener('abort', onAbort)
        socket.off('error', onError)
        resolve(fromSockets(peer, socket))
      })
    })
  }

  /** A peer did not answer three times. TODO clear away what it left behind, and only if it is certainly dead. */
  forget({ location }: Sighting): void {
    this.#board.removeIfDead(location)
  }

  /** Leaves nothing behind. */
  async close(): Promise<void> {
    this.#board.close()
    this.#server?.close()
  }
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) =>
      reject(templateMeshError('SM_TEMPLATE_MESH_LISTEN', 'No port could be opened', { cause }))
    server.once('error', onError)
    server.listen(0, '127.0.0.1', () => {
      server.off('error', onError)
      resolve((server.address() as { port: number }).port)
    })
  })
}
