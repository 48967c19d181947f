import type { Socket } from 'node:net'
import type { Clock } from '@sm/core/transport'
import type { Connection, ConnectionListener } from '@sm/mesh'
import { lanetError } from '../errors.ts'
import type { Proof } from './handshake.ts'
import { Opener } from './opener.ts'
import { type RekeyOptions, Sealer } from './sealer.ts'

/** A connection whose other end has proved who it is, and which nobody else can read or change. */
export class SecureConnection implements Connection {
  readonly remote: string
  /** The agent that the handshake has proved to be at the other end. */
  readonly identity: { readonly agent: string; readonly instance: string }
  readonly publicKey: string
  readonly #socket: Socket
  readonly #sealer: Sealer
  readonly #opener: Opener
  #listener: ConnectionListener | undefined
  #failure: unknown
  #destroyed = false

  /** `onClosed` is called once, when nothing is left of it. */
  constructor(socket: Socket, proof: Proof, clock: Clock, rekey: RekeyOptions, onClosed: () => void) {
    const { agent, instance } = proof.claim
    this.remote = `${agent}/${instance}`
    this.identity = { agent, instance }
    this.publicKey = proof.publicKey
    this.#socket = socket
    this.#sealer = new Sealer(proof.send, clock, rekey)
    this.#opener = new Opener(proof.receive, proof.reader)
    socket.on('error', error => {
      this.#failure ??= error
    })
    socket.on('end', () => {
      if (this.#opener.midway)
        this.#failure ??= lanetError('SM_LANET_TRUNCATED', `A record of ${this.remote} has no end`)
      this.destroy()
    })
    socket.on('close', () => {
      this.#destroyed = true
      this.#sealer.end()
      this.#opener.end()
      onClosed()
      this.#listener?.closed(this.#failure as Error | undefined)
    })
  }

  open(listener: ConnectionListener): void {
    this.#listener = listener
    this.#socket.on('data', chunk => this.#read(chunk as Buffer))
    // Bytes that came in with the end of the handshake are read when the caller has the connection.
    process.nextTick(() => {
      this.#read(undefined)
      this.#socket.resume()
    })
  }

  write(bytes: Uint8Array): boolean {
    if (this.#destroyed || bytes.length === 0) return true
    const sealed = this.#sealer.seal(bytes)
    const socket = this.#socket
    let waits = false
    // All pieces leave in one call of the system.
    socket.cork()
    for (let i = 0; i < sealed.length - 1; i++) socket.write(sealed[i] as Buffer)
    socket.write(sealed.at(-1) as Buffer, () => {
      if (waits) this.#listener?.drain()
    })
    socket.uncork()
    waits = socket.writableLength > 0
    return !waits
  }

  end(): void {
    this.#socket.end(() => this.destroy())
  }

  destroy(): void {
    this.#destroyed = true
    this.#socket.destroy()
  }

  /** Closes at once, and tells why. */
  fail(error: unknown): void {
    this.#failure ??= error
    this.destroy()
  }

  #read(chunk: Buffer | undefined): void {
    if (this.#destroyed) return
    try {
      this.#opener.read(chunk, plain => {
        if (!this.#destroyed) this.#listener?.data(plain)
      })
    } catch (error) {
      this.fail(error)
    }
  }
}
