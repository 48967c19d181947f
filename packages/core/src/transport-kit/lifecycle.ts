import type { SignalOptions, TransportEvents, TransportState } from '../contract/index.ts'
import { transportError } from '../errors/index.ts'
import { abortable, type Emitter } from '../kernel/index.ts'

/** Opens what a transport needs. Its signal aborts when the start is given up. */
type Open = (signal: AbortSignal) => Promise<void>

/**
 * The life of a transport, as the LIFE rules ask: a transport owns one and says only what starting and stopping mean.
 */
export class Lifecycle {
  readonly #name: string
  readonly #events: Emitter<TransportEvents>
  #state: TransportState = 'idle'
  #starting: Promise<void> | undefined
  /** Ends a start that is under way when a stop comes. */
  readonly #stopped = new AbortController()
  /** Resolves when opening has ended, well or not, or has been given up. */
  #opened: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(name: string, events: Emitter<TransportEvents>) {
    this.#name = name
    this.#events = events
  }

  get state(): TransportState {
    return this.#state
  }

  /**
   * Runs `open` once. When it fails, `signal` aborts or a stop comes, `close` runs and the transport is stopped; it runs
   * again if `open`, in spite of its own signal, comes to a good end after that.
   */
  start(open: Open, close: () => Promise<void>, { signal }: SignalOptions = {}): Promise<void> {
    if (this.#stopping) return Promise.reject(this.#misuse('be started after its stop'))
    this.#starting ??= this.#run(open, close, signal)
    return this.#starting
  }

  /** Ends a start that is under way, then runs `close` once. */
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

  async #run(open: Open, close: () => Promise<void>, userSignal: AbortSignal | undefined): Promise<void> {
    this.#become('starting')
    const stopped = this.#stopped.signal
    const signal = userSignal ? AbortSignal.any([userSignal, stopped]) : stopped
    try {
      signal.throwIfAborted()
      const opening = open(signal)
      const opened = abortable(opening, signal)
      this.#opened = opened.catch(() => {
        opening.then(close).catch(() => undefined)
      })
      await opened
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
    this.#stopped.abort(this.#misuse('finish its start'))
    try {
      await this.#opened
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
    return transportError(
      'SM_TRANSPORT_STATE',
      `The transport "${this.#name}" is ${this.#state} and cannot ${operation}`,
      {
        details: { transport: this.#name, state: this.#state, outcome: 'failed' },
      },
    )
  }
}
