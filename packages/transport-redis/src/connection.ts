import { brokerError } from '@sm/brokered'
import { abortable, type Cancel, type Clock } from '@sm/core/transport'
import type { Cluster, Redis } from 'ioredis'
import { fromConnect, fromDriver, replyCode } from './errors.ts'
import type { Script } from './scripts/index.ts'

/** What a connection is for. */
export type ConnectionRole = 'commands' | 'subscriber' | 'reader'

/** A client of ioredis, for one server, for Sentinel or for a cluster. */
export type Client = Redis | Cluster

/** What a reply consists of: texts are bytes. */
export type Reply = Buffer | number | null | readonly Reply[]

/** What a command is given. */
export type Argument = string | number | Buffer

/** How a connection is watched. */
export interface Watch {
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly deadAfterMs: number
  readonly connectTimeoutMs: number
}

/** One connection, from its opening to its end: it does not come back. Its end is told once. */
export class Connection {
  readonly client: Client
  /** Host and port, for people. */
  readonly where: string
  readonly #watch: Watch
  readonly #onEnd: (error: unknown) => void
  #isOpen = false
  #isEnded = false
  #lastError: unknown
  #pingSince: number | undefined
  #cancel: Cancel | undefined

  constructor(client: Client, where: string, watch: Watch, onEnd: (error: unknown) => void) {
    this.client = client
    this.where = where
    this.#watch = watch
    this.#onEnd = onEnd
    client.on('error', error => {
      this.#lastError = error
    })
    client.on('close', () => this.#lose(this.#lastError ?? 'the server closed it'))
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Rejects with a coded error when it cannot be opened, or with the reason of the signal. */
  async open(signal: AbortSignal): Promise<void> {
    const { clock, connectTimeoutMs } = this.#watch
    const overdue = Promise.withResolvers<void>()
    const cancel = clock.schedule(() => {
      overdue.reject(this.#lastError ?? new RangeError(`no answer within ${connectTimeoutMs} ms`))
    }, connectTimeoutMs)
    try {
      await abortable(Promise.race([this.#connect(), overdue.promise]), signal)
    } catch (error) {
      this.end()
      if (signal.aborted) throw signal.reason
      throw fromConnect(this.#lastError ?? error, this.where)
    } finally {
      cancel()
    }
    this.#isOpen = true
    this.#schedulePing()
  }

  /** Rejects with what the driver says: who calls makes it a coded error, or minds it. */
  call(command: string, args: readonly Argument[]): Promise<Reply> {
    return this.client.callBuffer(command, args as Argument[]) as Promise<Reply>
  }

  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    try {
      return await this.call('EVALSHA', [script.sha, keys.length, ...keys, ...args])
    } catch (error) {
      if (replyCode(error) !== 'NOSCRIPT') throw error
      return await this.call('EVAL', [script.body, keys.length, ...keys, ...args])
    }
  }

  /** Ends it because of what the server answers. */
  fail(error: unknown): void {
    this.#lose(error)
  }

  /** Ends it without a word. Idempotent. */
  end(): void {
    this.#isEnded = true
    this.#cancel?.()
    this.client.disconnect()
    // An end that is asked for waits for the other side, which may be dead.
    if ('stream' in this.client) this.client.stream?.destroy()
  }

  async #connect(): Promise<void> {
    const { client } = this
    if (client.status === 'wait') return client.connect()
    if (client.status === 'ready') return
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve)
      client.once('end', () => reject(this.#lastError ?? new RangeError('the client has ended')))
    })
  }

  #lose(error: unknown): void {
    if (this.#isEnded) return
    const wasOpen = this.#isOpen
    this.end()
    if (wasOpen) this.#onEnd(typeof error === 'string' ? this.#lost(error) : fromDriver(error, this.where, 'go on'))
  }

  #lost(why: string) {
    const details = { where: this.where }
    return brokerError('SM_BROKER_LOST', `The connection to Redis at ${this.where} was lost: ${why}`, { details })
  }

  /** A connection that looks open may be dead: then nobody answers. */
  #schedulePing(): void {
    const { clock, heartbeatMs, deadAfterMs } = this.#watch
    if (this.#isEnded) return
    const patienceMs = deadAfterMs - heartbeatMs
    const sinceMs = this.#pingSince === undefined ? 0 : clock.now() - this.#pingSince
    if (this.#pingSince !== undefined && sinceMs >= patienceMs) {
      this.#lose(`it was silent for ${sinceMs} ms`)
      return
    }
    if (this.#pingSince === undefined) this.#ping()
    this.#cancel = clock.schedule(() => this.#schedulePing(), Math.min(heartbeatMs, patienceMs))
  }

  #ping(): void {
    this.#pingSince = this.#watch.clock.now()
    const answered = () => {
      this.#pingSince = undefined
    }
    // An error is an answer too; if the connection is gone, that is told by itself.
    this.call('PING', []).then(answered, answered)
  }
}
