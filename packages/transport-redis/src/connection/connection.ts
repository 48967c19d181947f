import { brokerError } from '@sm/brokered'
import { abortable, type Cancel, type Clock } from '@sm/core/transport'
import type { Redis } from 'ioredis'
import { fromConnect, fromDriver, isElsewhere, replyCode } from '../errors.ts'
import { type Argument, WireCommand } from '../wire/command.ts'
import type { Reply } from '../wire/reply.ts'
import type { Script } from '../wire/scripts/index.ts'
import { isCutShort, overhear, toReply } from './overhear.ts'

/** How a connection is watched. */
export interface Watch {
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly deadAfterMs: number
  readonly connectTimeoutMs: number
}

/** One connection, from its opening to its end: it does not come back. Its end is told once. */
export class Connection {
  readonly client: Redis
  /** Host and port, for people. */
  readonly where: string
  readonly #watch: Watch
  readonly #onEnd: (error: unknown) => void
  #isOpen = false
  #isEnded = false
  #lastError: unknown
  /** The first words of the server, where they were a refusal. */
  #greeting: Error | undefined
  #pingSince: number | undefined
  #cancel: Cancel | undefined

  constructor(client: Redis, where: string, watch: Watch, onEnd: (error: unknown) => void) {
    this.client = client
    this.where = where
    this.#watch = watch
    this.#onEnd = onEnd
    client.on('error', error => {
      this.#lastError = error
    })
    // A server that has no room says so at once, and closes: the driver drops an answer that nothing was asked for.
    client.on('connect', () => {
      client.stream?.prependOnceListener('data', (chunk: Buffer) => {
        if (!this.#isOpen) this.#greeting = toReply(chunk)
      })
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
      const cause = this.#greeting ?? this.#lastError ?? error
      throw fromConnect((isCutShort(cause) && (await overhear(this.client.options))) || cause, this.where)
    } finally {
      cancel()
    }
    await this.#select()
    this.#isOpen = true
    this.#schedulePing()
  }

  /** The driver goes on in database 0 when the server has no other: that is somebody else's. */
  async #select(): Promise<void> {
    const database = this.client.options.db ?? 0
    if (database === 0) return
    try {
      await this.call('SELECT', [database])
    } catch (error) {
      this.end()
      throw fromDriver(error, this.where, `open database ${database}`)
    }
  }

  /** Rejects with what the driver says: who calls makes it a coded error, or minds it. */
  call(command: string, args: readonly (string | number | Buffer)[]): Promise<Reply> {
    return this.#heeded(this.client.callBuffer(command, [...args]) as Promise<Reply>)
  }

  /** Runs a script that the server may have forgotten. */
  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    try {
      return await this.runKnown(script, keys, args)
    } catch (error) {
      if (replyCode(error) !== 'NOSCRIPT') throw error
      return await this.#send('eval', script.body, keys, args)
    }
  }

  /** Rejects with `NOSCRIPT` when the server does not know the script. */
  runKnown(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    return this.#send('evalsha', script.sha, keys, args)
  }

  /** Ends it without a word. Idempotent. */
  end(): void {
    this.#isEnded = true
    this.#cancel?.()
    this.client.disconnect()
    // An end that is asked for waits for the other side, which may be dead.
    this.client.stream?.destroy()
  }

  /** Resolves to how many connections got it. */
  publish(channel: string, event: Argument): Promise<number> {
    return this.#write(new WireCommand('publish', [channel], [event])) as Promise<number>
  }

  #send(name: string, script: string, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    return this.#write(new WireCommand(name, [script, keys.length, ...keys], args))
  }

  #write(command: WireCommand): Promise<Reply> {
    return this.#heeded(this.client.sendCommand(command) as Promise<Reply>)
  }

  /** Where the namespace is not, or no longer, there is nothing to stay for. */
  #heeded(reply: Promise<Reply>): Promise<Reply> {
    reply.catch(error => {
      if (isElsewhere(error)) this.#lose(error)
    })
    return reply
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
    const sinceMs = this.#pingSince === undefined ? 0 : clock.elapsed() - this.#pingSince
    if (this.#pingSince !== undefined && sinceMs >= patienceMs) {
      this.#lose(`it was silent for ${sinceMs} ms`)
      return
    }
    if (this.#pingSince === undefined) this.#ping()
    this.#cancel = clock.schedule(() => this.#schedulePing(), Math.min(heartbeatMs, patienceMs))
  }

  #ping(): void {
    this.#pingSince = this.#watch.clock.elapsed()
    const answered = () => {
      this.#pingSince = undefined
    }
    // An error is an answer too; if the connection is gone, that is told by itself.
    this.call('PING', []).then(answered, answered)
  }
}
