import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Hears what comes from the server on one connection. */
type Listener = (connection: object, bytes: Buffer) => void

/** A TCP wire between a transport and its server that can be cut. */
export class Wire {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #to: number
  readonly #listener: Listener | undefined

  private constructor(to: number, listener: Listener | undefined) {
    this.#to = to
    this.#listener = listener
    this.#server = createServer(near => this.#join(near))
  }

  /** A wire to a port of this machine. */
  static async to(port: number, listener?: Listener): Promise<Wire> {
    const wire = new Wire(port, listener)
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends every connection, without a word. New ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends every connection, and takes no new one. */
  close(): void {
    this.#server.close()
    this.cut()
  }

  #join(near: Socket): void {
    const far = connect(this.#to, '127.0.0.1')
    const pair = [near, far]
    for (const socket of pair) {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        for (const other of pair) other.destroy()
      })
    }
    if (this.#listener) far.on('data', bytes => this.#listener?.(far, bytes))
    near.pipe(far)
    far.pipe(near)
  }
}
