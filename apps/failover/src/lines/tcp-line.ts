import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { carry, Direction } from './direction.ts'
import type { Line } from './line.ts'

/** A line to a port of this machine. */
export class TcpLine implements Line {
  readonly there = new Direction()
  readonly back = new Direction()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.#server = server
    server.on('connection', near => {
      const far = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
      this.#keep(near)
      this.#keep(far)
      void carry(near, far, this.there)
      void carry(far, near, this.back)
    })
  }

  static async to(port: number): Promise<TcpLine> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    const line = new TcpLine(server, port)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return line
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    for (const direction of [this.there, this.back]) direction.release()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    // Its end is carried to the other side.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
