import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between clients and a server, and breaks what passes. */
export class Detour {
  readonly #server: Server
  readonly #links = new Set<readonly [Socket, Socket]>()
  /** Looks at what clients send: true ends the connection once the server has it, before an answer is passed on. */
  cutAfter: (sent: string) => boolean = () => false

  constructor(server: Server) {
    this.#server = server
  }

  static async to(port: number): Promise<Detour> {
    const server = createServer()
    const proxy = new Detour(server)
    server.on('connection', client => proxy.#link(client, connect(port, '127.0.0.1')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends every connection. */
  cut(): void {
    for (const link of this.#links) for (const socket of link) socket.destroy()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #link(client: Socket, server: Socket): void {
    const link = [client, server] as const
    let isCut = false
    this.#links.add(link)
    for (const socket of link) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#links.delete(link)
        for (const each of link) each.destroy()
      })
    }
    client.on('data', chunk => {
      if (this.cutAfter(chunk.toString('latin1'))) isCut = true
      server.write(chunk)
    })
    server.on('data', chunk => {
      // It has been done, and nobody hears of it.
      if (isCut) client.destroy()
      else client.write(chunk)
    })
  }
}
