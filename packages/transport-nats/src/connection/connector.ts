import { type BrokeredSettings, Reconnects } from '@sm/brokered'
import { isSmError, type TransportContext } from '@sm/core/transport'
import type { NatsHost, NatsSettings } from '../options.ts'
import { Session } from '../session.ts'
import { type DialOptions, dial } from './dial.ts'

export interface ConnectorEvents {
  /** A connection is there again: resolves once all is built on it. */
  open(session: Session): Promise<void>
  /** The connection is gone; another one is sought. */
  lost(error: unknown): void
  complaint(error: Error): void
  /** A try to connect again failed in another way than the one before. */
  failed(error: unknown): void
}

/** Keeps up a connection to one of the servers: when it is lost, connects again for as long as it takes. */
export class Connector {
  readonly #settings: BrokeredSettings & NatsSettings
  readonly #context: TransportContext
  readonly #events: ConnectorEvents
  readonly #closed = new AbortController()
  readonly #hosts: NatsHost[]
  readonly #reconnects: Reconnects
  #session: Session | undefined
  /** The connection that was open last was built up to its end. */
  #isOpen = false
  #reconnecting: Promise<void> | undefined

  constructor(settings: BrokeredSettings & NatsSettings, context: TransportContext, events: ConnectorEvents) {
    this.#settings = settings
    this.#context = context
    this.#events = events
    this.#hosts = [...settings.hosts]
    this.#reconnects = new Reconnects({ ...context, settings })
  }

  /** Connects for the first time. `build` is called with the connection. Leaves nothing open when it rejects. */
  async connect(signal: AbortSignal, build: (session: Session) => Promise<void>): Promise<Session> {
    const either = AbortSignal.any([signal, this.#closed.signal])
    const session = await this.#dialAny(either)
    this.#session = session
    const end = () => void session.close()
    either.addEventListener('abort', end)
    try {
      await build(session)
      either.throwIfAborted()
    } catch (error) {
      await session.close()
      either.throwIfAborted()
      throw error
    } finally {
      either.removeEventListener('abort', end)
    }
    this.#opened(session)
    return session
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'))
    await this.#session?.close()
    await this.#reconnecting
  }

  /** Tries one server after the other, once. */
  async #dialAny(signal: AbortSignal): Promise<Session> {
    const failures: unknown[] = []
    for (let tries = this.#hosts.length; tries > 0; tries--) {
      const host = this.#hosts[0] as NatsHost
      try {
        const connection = await dial(host, this.#dialOptions, signal)
        const session: Session = new Session(connection, host, this.#settings.inboxPrefix, {
          lost: error => this.#lost(session, error),
          complaint: error => this.#events.complaint(error),
        })
        return session
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
        // The next one is the first to be tried from now on.
        this.#hosts.push(this.#hosts.shift() as NatsHost)
      }
    }
    // A fault that can be put right is told rather than one that may pass.
    throw failures.find(error => isSmError(error) && !error.retryable) ?? failures[0]
  }

  get #dialOptions(): DialOptions {
    const { agent, instance } = this.#context
    return { ...this.#settings, label: `${agent}/${instance}` }
  }

  /** From here on its loss is told, and starts all over again. */
  #opened(session: Session): void {
    this.#isOpen = true
    this.#reconnects.opened()
    if (!session.isOpen) this.#lost(session, session.lostError())
  }

  #lost(session: Session, error: unknown): void {
    if (this.#session !== session || !this.#isOpen || this.#closed.signal.aborted) return
    this.#isOpen = false
    this.#reconnects.lost()
    this.#events.lost(error)
    this.#reconnecting = this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closed
    let last: string | undefined
    while (!signal.aborted) {
      try {
        await this.#reconnects.pause(signal)
        const session = await this.#dialAny(signal)
        this.#session = session
        await this.#events.open(session)
        this.#opened(session)
        return
      } catch (error) {
        await this.#session?.close()
        // It may be a server that is there and can do nothing for us: of a cluster another one may.
        this.#hosts.push(this.#hosts.shift() as NatsHost)
        const code = isSmError(error) ? error.code : 'none'
        if (!signal.aborted && code !== last) this.#events.failed(error)
        last = code
      }
    }
  }
}
