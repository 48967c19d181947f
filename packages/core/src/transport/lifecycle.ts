import { smError } from '../errors/index.ts'
import { abortable, type Emitter } from '../kernel/index.ts'
import type { SignalOptions, TransportEvents, TransportState } from './contract.ts'

/**
 * The life of a transport, as the LIFE rules ask: a transport owns one and says only what starting and stopping mean.
 */
export class Lifecycle {
  readonly #name: string
  readonly #events: Emitter<TransportEvents>
  #state: TransportState = 'idle'
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(name: string, events: Emitter<TransportEvents>) {
    this.#name = name
    this.#events = events
  }

  get state(): TransportState {
    return this.#state
  }

  /** Runs `open` once. When it fails or `signal` aborts, `close` runs and the transport is stopped. */
  start(open: () => Promise<void>, close: () => Promise<void>, { signal }: SignalOptions = {}): Promise<void> {
    if (this.#stopping) return Promise.reject(this.#misuse('be started after its stop'))
    this.#starting ??= this.#run(open, close, signal)
    return this.#starting
  }

  /** Runs `close` once, after a start that is under way has ended. */
  stop(close: () => Promise<void>): Promise<void> {
    this.#stopping ??= this.#end(close)
    return this.#stopping
  }

  /** Tells that the wire is gone or back. Ignored outside of ready and degraded. */
  become(state: 'ready' | 'degraded', error?: unknown): void {
    if (this.#state === 'ready' || this.#state === 'degraded') this.#become(state, error)
  }

  /** Throws `SM_TRANSPORT_STATE` unless the transport has been started and not been stopped. */
  requireStarted(operation: 'publish' | 'subscribe'): void {
    if (this.#state !== 'ready' && this.#state !== 'degraded') throw this.#misuse(operation)
  }

  async #run(open: () => Promise<void>, close: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    this.#become('starting')
    try {
      signal?.throwIfAborted()
      await abortable(open(), signal)
    } catch (error) {
      // A start that failed leaves nothing open; what close() finds wrong matters less than why start failed.
      await this.stop(close).catch(() => undefined)
      throw error
    }
    if (this.#state !== 'starting') throw this.#misuse('finish its start')
    this.#become('ready')
  }

  async #end(close: () => Promise<void>): Promise<void> {
    this.#become('stopping')
    try {
      await close()
    } finally {
      this.#become('stopped')
    }
  }

  #become(state: TransportState, error?: unknown): void {
    const previous = this.#state
    if (previous === state) return
    this.#state = state
    this.#events.emit('state', { state, previous, ...(error !== undefined && { error }) })
  }

  #misuse(operation: string) {
    return smError('SM_TRANSPORT_STATE', `The transport "${this.#name}" is ${this.#state} and cannot ${operation}`, {
      details: { transport: this.#name, state: this.#state, outcome: 'failed' },
    })
  }
}
