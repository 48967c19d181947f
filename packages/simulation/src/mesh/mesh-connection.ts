import type { Connection, ConnectionListener } from '@sm/mesh'
import type { ConduitEnd } from '../network/conduit.ts'

/** A connection of the mesh over one that is simulated. */
export class MeshConnection implements Connection {
  readonly remote: string
  readonly #end: ConduitEnd<Buffer>

  constructor(remote: string, end: ConduitEnd<Buffer>) {
    this.remote = remote
    this.#end = end
  }

  open(listener: ConnectionListener): void {
    this.#end.open({
      item: chunk => listener.data(chunk),
      drain: () => listener.drain(),
      closed: error => listener.closed(error),
    })
  }

  write(bytes: Uint8Array): boolean {
    // A copy: the caller may use its buffer again.
    return this.#end.send(Buffer.from(bytes), bytes.length)
  }

  end(): void {
    this.#end.end()
  }

  destroy(): void {
    this.#end.destroy()
  }
}
