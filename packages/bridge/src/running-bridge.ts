import {
  type Address,
  type CloseOptions,
  createUlids,
  type Delivery,
  describeThrown,
  type Header,
  isControlType,
  isSmError,
  strayOption,
  type Transport,
  type TransportContext,
  toInboxAddress,
} from '@sm/core/transport'
import type { Bridge, BridgeHealth, BridgeSideHealth } from './bridge.ts'
import { ControlFrames } from './control-frame.ts'
import { Crossing, type CrossingDeps } from './crossing/crossing.ts'
import { Transformer } from './crossing/transformer.ts'
import { bridgeError } from './errors.ts'
import { NearSide } from './near-side.ts'
import type { BridgeStopOptions } from './options.ts'
import { InstanceTalk } from './replies/instance-talk.ts'
import { ReplyInboxes } from './replies/reply-inboxes.ts'
import type { BridgeSettings } from './settings.ts'
import type { ChosenSide } from './side.ts'
import { BridgeTally } from './tally.ts'

const stopOptionNames: ReadonlySet<string> = new Set<keyof BridgeStopOptions>(['drain', 'timeoutMs', 'signal'])

/** A bridge: the near side, the way over, and for requests the way back. */
export class RunningBridge implements Bridge {
  readonly name: string
  readonly instance: string
  readonly #settings: BridgeSettings
  readonly #sides: BridgeSides
  readonly #from: Transport
  readonly #to: Transport
  readonly #tally: BridgeTally
  readonly #frames: ControlFrames
  readonly #replies: ReplyInboxes
  readonly #talk: InstanceTalk
  readonly #over: Crossing
  readonly #back: Crossing
  readonly #near: NearSide
  /** Aborts when nothing is carried any more. */
  readonly #ended = new AbortController()
  /** Aborts when a drain that is under way is to end. */
  readonly #drainEnds = new AbortController()
  #stopping: Promise<void> | undefined
  #stopped = false

  /** Makes both transports. Throws what they say of their options. */
  constructor(name: string, settings: BridgeSettings, sides: BridgeSides) {
    const { clock, random, logger, metrics, maxHops, maxInFlight, giveUpAfterMs } = settings
    const { transform, transformTimeoutMs: timeoutMs } = settings
    const ids = createUlids(clock, random)
    this.name = name
    this.instance = ids.next()
    this.#settings = settings
    this.#sides = sides
    this.#tally = new BridgeTally(name, logger, metrics)
    this.#frames = new ControlFrames(`${name}/${this.instance}`, clock, ids)
    const make = ({ choice: { definition, options }, namespace }: ChosenSide) => {
      const context: TransportContext = {
        ...{ namespace, agent: name, instance: this.instance },
        ...{ clock, ids, random, logger, metrics },
      }
      return definition.create(options, context)
    }
    this.#from = make(sides.from)
    this.#to = make(sides.to)

    const { signal: ended } = this.#ended
    const common = { maxHops, maxInFlight, giveUpAfterMs, tally: this.#tally, clock, random, ended }
    this.#back = new Crossing({ ...common, ...this.#way('to', 'from'), counter: 'returned' })
    this.#talk = new InstanceTalk({
      transport: this.#to,
      bridge: name,
      instance: this.instance,
      frames: this.#frames,
      logger,
    })
    this.#replies = new ReplyInboxes({
      transport: this.#to,
      group: name,
      prefetch: settings.prefetch,
      maxInboxes: settings.maxReplyInboxes,
      idleMs: settings.replyIdleMs,
      clock,
      logger,
      onReply: (delivery, address) => this.#back.take(delivery, address),
      tell: (replyTo, forMs) => this.#talk.tell(replyTo, forMs),
    })
    this.#over = new Crossing({
      ...common,
      ...this.#way('from', 'to'),
      counter: 'forwarded',
      transformer: transform && new Transformer({ transform, timeoutMs, clock, random, ended }),
      // From a wire that only carries away no reply can come.
      beforehand: header => (this.#to.capabilities.publishOnly ? undefined : this.#replies.open(header)),
      unanswered: ({ id }) => this.#replies.awaited.over(id),
      answer: (header, error) => this.#answer(header, error),
    })
    this.#near = new NearSide({
      transport: this.#from,
      group: name,
      settings,
      take: (delivery, address) => this.#take(delivery, address),
    })
  }

  /** Starts both sides, and resolves once everything comes in that is to cross. */
  async open(signal: AbortSignal): Promise<void> {
    for (const transport of [this.#from, this.#to]) this.#watch(transport)
    await Promise.all([this.#from.start({ signal }), this.#to.start({ signal })])
    // The way back first: a request may come at once.
    if (!this.#to.capabilities.publishOnly) {
      await this.#talk.open((replyTo, forMs) => this.#replies.heard(replyTo, forMs))
    }
    await this.#near.open()
  }

  async health(): Promise<BridgeHealth> {
    const [from, to] = await Promise.all([
      sideHealth(this.#from, this.#sides.from.namespace),
      sideHealth(this.#to, this.#sides.to.namespace),
    ])
    const isReady = from.state === 'ready' && to.state === 'ready'
    return {
      state: this.#stopped ? 'stopped' : this.#stopping ? 'stopping' : isReady ? 'ready' : 'degraded',
      from,
      to,
      counters: this.#tally.counters,
      busySenders: this.#over.busySenders + this.#back.busySenders,
      replyInboxes: this.#replies.size,
      awaitedReplies: this.#replies.awaited.size,
    }
  }

  async stop(options: BridgeStopOptions = {}): Promise<void> {
    const { drain = true, timeoutMs = 10_000, signal } = options
    const stray = strayOption(options, stopOptionNames) ?? (timeoutMs >= 0 ? undefined : 'timeoutMs')
    if (stray !== undefined) {
      const what = `A stop takes drain, timeoutMs (0 or more) and signal, and not this ${JSON.stringify(stray)}`
      throw bridgeError('SM_BRIDGE_OPTIONS', what, { details: { option: stray } })
    }
    if (!drain || signal?.aborted) this.#drainEnds.abort()
    else signal?.addEventListener('abort', () => this.#drainEnds.abort(), { once: true, signal: this.#ended.signal })
    this.#stopping ??= this.#stop(timeoutMs)
    await this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(timeoutMs: number): Promise<void> {
    const { signal } = this.#drainEnds
    const cancel = this.#settings.clock.schedule(() => this.#drainEnds.abort(), timeoutMs, { keepAlive: true })
    signal.addEventListener('abort', () => this.#ended.abort(), { once: true })
    if (signal.aborted) this.#ended.abort()
    const options: CloseOptions = { drain: !signal.aborted, signal }
    try {
      await this.#near.close(options)
      await this.#replies.awaited.none(signal)
      await Promise.all([this.#replies.close(options), this.#talk.close(options)])
    } finally {
      this.#ended.abort()
      // The far side has what was carried over before the near side forgets who held it.
      await Promise.allSettled([this.#to.stop(options)])
      await Promise.allSettled([this.#from.stop(options)])
      cancel()
      this.#stopped = true
    }
  }

  #take(delivery: Delivery, address: Address): void {
    const { type, correlationId } = delivery.frame.header
    // Who asked has given up.
    if (isControlType(type)) this.#replies.awaited.over(correlationId)
    this.#over.take(delivery, address)
  }

  /** What a crossing knows of its direction. */
  #way(came: 'from' | 'to', goes: 'from' | 'to'): Pick<CrossingDeps, 'to' | 'toWire' | 'passage'> {
    const { wire } = this.#sides[came]
    const to = goes === 'to' ? this.#to : this.#from
    return { to, toWire: this.#sides[goes].wire, passage: { bridge: this.name, wire } }
  }

  #watch(transport: Transport): void {
    const fields = { bridge: this.name, transport: transport.name }
    transport.on('state', ({ state, previous, error }) => {
      if (state === 'degraded') this.#settings.logger.warn({ ...fields, error }, 'A side of a bridge has lost its wire')
      else if (previous === 'degraded' && state === 'ready') {
        this.#settings.logger.info(fields, 'A side of a bridge has its wire back')
      }
    })
  }

  /** Tells whoever asked an agent of the far side that the request did not cross, so that it need not wait for its timeout. */
  #answer({ id, replyTo, type }: Header, error: unknown): void {
    if (replyTo === undefined || isControlType(type)) return
    const coded = isSmError(error) ? error : bridgeError('SM_BRIDGE_REFUSED', describeThrown(error))
    const payload = { code: coded.code, message: coded.message, retryable: coded.retryable }
    const frame = this.#frames.make({ type: 'sm.error', payload, to: replyTo, correlationId: id })
    const unanswered = (cause: unknown) =>
      this.#settings.logger.debug({ bridge: this.name, error: cause }, 'A requester could not be told')
    try {
      Promise.resolve(this.#from.publish(frame, toInboxAddress(replyTo))).catch(unanswered)
    } catch (cause) {
      unanswered(cause)
    }
  }
}

/** Both sides of a bridge. */
export interface BridgeSides {
  readonly from: ChosenSide
  readonly to: ChosenSide
}

async function sideHealth(transport: Transport, namespace: string): Promise<BridgeSideHealth> {
  return { ...(await transport.health()), transport: transport.name, namespace }
}
