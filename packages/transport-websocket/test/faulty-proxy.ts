import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy between agents and their hub, whose faults a test decides. */
export class FaultyProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: number
  readonly #records: boolean
  readonly #seen: Buffer[] = []
  #isCut = false
  #isFrozen = false

  constructor(target: number, records = false) {
    this.#target = target
    this.#records = records
    this.#server = createServer(socket => this.#accept(socket))
  }

  /** All that has come to it, as text. */
  get seen(): string {
    return Buffer.concat(this.#seen).toString('latin1')
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections end, and new ones fail. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  restore(): void {
    this.#isCut = false
  }

  /** Connections stay, and nothing passes: what comes in meanwhile is lost. */
  freeze(): void {
    this.#isFrozen = true
  }

  thaw(): void {
    this.#isFrozen = false
    // A connection that has lost some of what it carried is of no use to anybody.
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #accept(near: Socket): void {
    if (this.#isCut) {
      near.destroy()
      return
    }
    const far = connect(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => from.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.on('data', chunk => {
        if (this.#records) this.#seen.push(chunk)
        if (this.#isFrozen || to.write(chunk)) return
        from.pause()
        to.once('drain', () => from.resume())
      })
      from.on('end', () => to.end())
    }
  }
}
