import { createServer, type Server, type Socket } from 'node:net'
import { type Clock, isSmError } from '@sm/core/transport'
import { lanetError } from '../errors.ts'
import type { Credentials } from '../keys/credentials.ts'
import { withDeadline } from './deadline.ts'
import { FaultTeller } from './fault-teller.ts'
import { type Proof, respond } from './handshake.ts'
import { HandshakeRateLimit } from './handshake-rate-limit.ts'
import { type StrangerLimits, Strangers } from './strangers.ts'

export interface ListenerOptions extends StrangerLimits {
  /** The address to listen at; undefined for all. */
  readonly host: string | undefined
  readonly port: number
  /** Longest handshake, in milliseconds. */
  readonly handshakeMs: number
}

/** The parts that the listener calls back. */
export interface ListenerHost {
  readonly clock: Clock
  readonly credentials: Credentials
  readonly self: { readonly namespace: string; readonly agent: string; readonly instance: string }
  /** Somebody has proved who it is. Throws to refuse it. */
  entered(socket: Socket, proof: Proof): void
  fault(error: unknown): void
}

/** The port where others dial in: nobody gets further than a bounded handshake without proving who it is. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #host: ListenerHost
  readonly #strangers: Strangers
  readonly #rateLimit: HandshakeRateLimit
  readonly #faults: FaultTeller
  readonly #closing = new AbortController()
  #server: Server | undefined
  #refused = 0

  constructor(options: ListenerOptions, host: ListenerHost) {
    this.#options = options
    this.#host = host
    this.#strangers = new Strangers(options)
    this.#rateLimit = new HandshakeRateLimit(host.clock)
    this.#faults = new FaultTeller(host.clock, error => host.fault(error))
  }

  /** Opens it and returns the port. Throws `SM_LANET_LISTEN`. */
  open(): Promise<number> {
    const { host, port } = this.#options
    const server = createServer({ noDelay: true, pauseOnConnect: true }, socket => this.#called(socket))
    this.#server = server
    return new Promise((resolve, reject) => {
      const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`
      server.once('error', cause => {
        reject(lanetError('SM_LANET_LISTEN', `The ${where} cannot be opened`, { cause, details: { host, port } }))
      })
      // Not shared among the workers of a cluster, where a call for one would reach another.
      server.listen({ port, exclusive: true, ...(host !== undefined && { host }) }, () => {
        // Out of descriptors, say: those who are here stay.
        server.on('error', cause => this.#fault(lanetError('SM_LANET_LISTEN', 'A call could not be taken', { cause })))
        resolve((server.address() as { port: number }).port)
      })
    })
  }

  /** Handshakes that failed, and connections that were refused for their number. */
  get counts(): { readonly failedHandshakes: number; readonly refusedConnections: number; readonly strangers: number } {
    const { count } = this.#faults
    return {
      failedHandshakes: count - this.#refused,
      refusedConnections: this.#refused,
      strangers: this.#strangers.size,
    }
  }

  close(): void {
    this.#closing.abort()
    this.#rateLimit.close()
    this.#strangers.close()
    this.#server?.close()
  }

  #called(socket: Socket): void {
    // An error before the handshake listens says no more than that the socket ended.
    socket.on('error', () => {})
    const caller = { socket, refused: false }
    const leave = this.#strangers.admit(socket.remoteAddress, () => this.#refuse(caller))
    if (!leave || this.#closing.signal.aborted) this.#refuse(caller)
    else void this.#greet(caller).finally(leave)
  }

  async #greet(caller: Caller): Promise<void> {
    const { clock, credentials, self } = this.#host
    const { socket } = caller
    const late = () => lanetError('SM_LANET_HANDSHAKE', 'Somebody dialled and did not finish the handshake in time')
    try {
      const proof = await withDeadline(clock, this.#options.handshakeMs, late, this.#closing.signal, signal =>
        respond(socket, credentials, { ...self, probe: false }, signal, () => this.#rateLimit.turn()),
      )
      if (proof.claim.probe) socket.destroySoon()
      else this.#host.entered(socket, proof)
    } catch (error) {
      socket.destroy()
      if (!caller.refused && !this.#closing.signal.aborted) this.#fault(error)
    }
  }

  #refuse(caller: Caller): void {
    caller.refused = true
    caller.socket.destroy()
    if (this.#closing.signal.aborted) return
    this.#refused += 1
    this.#faults.fault('SM_LANET_FLOOD', () =>
      lanetError('SM_LANET_FLOOD', `There are ${this.#strangers.size} connections without a handshake`),
    )
  }

  #fault(error: unknown): void {
    this.#faults.fault(isSmError(error) ? error.code : 'none', () => error)
  }
}

/** Somebody who has dialled in. */
interface Caller {
  readonly socket: Socket
  /** Turned away for the number of those who are here: the end of its handshake is no further fault. */
  refused: boolean
}
