import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'

/** The means of somebody who speaks the protocol of a hub by hand, from what the README says of it. */
export class RawGuest implements Disposable {
  readonly socket: WebSocket
  readonly texts: Record<string, unknown>[] = []
  readonly packets: Buffer[] = []
  #changed = Promise.withResolvers<void>()

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, 'smartmessage.hub.1', { perMessageDeflate: false, ...options })
    this.socket.on('message', (message: Buffer, isBinary) => {
      if (isBinary) this.packets.push(message)
      else this.texts.push(JSON.parse(String(message)))
      this.#wake()
    })
    this.socket.on('close', () => this.#wake())
    // Told by the close that follows.
    this.socket.on('error', () => {})
  }

  get closed(): boolean {
    return this.socket.readyState === WebSocket.CLOSED
  }

  /** Resolves with the first that fits, or throws when the connection ends before. */
  async text(kind: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.texts.find(text => text.kind === kind)
      if (found) return found
      if (this.closed) throw new Error(`It was closed before it got ${kind}`)
      await this.#changed.promise
    }
  }

  async packet(kind: number): Promise<Buffer> {
    for (;;) {
      const found = this.packets.find(packet => packet[0] === kind)
      if (found) return found
      if (this.closed) throw new Error(`It was closed before it got ${kind}`)
      await this.#changed.promise
    }
  }

  async ended(): Promise<void> {
    while (!this.closed) await this.#changed.promise
  }

  /** Does its part of the handshake. */
  async join(token: string, agent: string, instance: string, namespace = 'default'): Promise<void> {
    const { nonce: hubNonce } = await this.text('challenge')
    const nonce = randomBytes(24).toString('base64url')
    const said = ['smartmessage.hub.1', 'agent', hubNonce, nonce, namespace, agent, instance].join('\n')
    const proof = createHmac('sha256', token).update(said).digest('base64url')
    this.send(JSON.stringify({ kind: 'join', namespace, agent, instance, nonce, proof }))
  }

  send(message: string | Buffer): void {
    this.socket.send(message)
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }

  #wake(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}

/** A binary message. */
export function packet(kind: number, stream: number, payload: string | Buffer = ''): Buffer {
  const head = Buffer.alloc(5)
  head[0] = kind
  head.writeUInt32BE(stream, 1)
  return Buffer.concat([head, Buffer.from(payload as string)])
}

/** The status with which an upgrade is refused. */
export async function refusedWith(socket: WebSocket): Promise<number> {
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  socket.terminate()
  return response.statusCode
}
