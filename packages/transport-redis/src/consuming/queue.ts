import type { Sink } from '@sm/brokered'
import { matchesPattern, type Settlement, type SubscriptionSpec, sleep, type Target } from '@sm/core/transport'
import type { Readable } from '../connection/stream-reader.ts'
import { fromDriver, leftToTheDead, queueGone, redisError } from '../errors.ts'
import { Membership } from '../groups/membership.ts'
import type { MembershipChange } from '../groups/membership-change.ts'
import { Turn } from '../groups/turn.ts'
import type { Session } from '../session.ts'
import { queueName } from '../wire/names.ts'
import { type StreamEntry, type Token, toTakenEntries } from '../wire/stream-entry.ts'
import { Claims } from './claims.ts'
import { Consumer } from './consumer.ts'
import { Intake } from './intake.ts'
import type { QueueDeps } from './queue-deps.ts'
import { Settlements } from './settlements.ts'

/** How often a last member looks whether its queue is empty, in milliseconds, and after how many looks it says again that it retires. */
const emptyMs = 20
const looksPerWord = 50

/** `active`: takes what comes. `retiring`: takes nothing new. `emptying`: takes what is left, since nobody else does. */
type QueueState = 'active' | 'retiring' | 'emptying' | 'left'

/**
 * This side's part in a group: one member of it, whatever number of subscriptions here share it. It outlives lost
 * connections.
 */
export class Queue implements Readable {
  readonly name: string
  readonly target: Target
  readonly key: string
  readonly #deps: QueueDeps
  readonly #membership: Membership
  readonly #settlements: Settlements
  readonly #intake: Intake
  readonly #claims: Claims
  readonly #turn = new Turn()
  #state: QueueState = 'active'
  #durable = false
  #session: Session | undefined
  #isReading = false
  #joined: Session | undefined
  #onGone!: () => void
  /** Resolves when it has been left. */
  readonly gone = new Promise<void>(resolve => {
    this.#onGone = resolve
  })

  constructor(spec: SubscriptionSpec, deps: QueueDeps) {
    const { names, clock, settings, maxDeadLetters, onFault } = deps
    this.name = queueName(spec)
    this.target = spec.target
    this.key = names.queue(this.name)
    this.#deps = deps
    this.#membership = new Membership(this.name, spec.target, deps)
    const { keepMs } = settings
    const settlements = new Settlements({ names, clock, queue: this.name, maxDeadLetters, keepMs, onFault })
    const onStale = (entries: readonly StreamEntry[]) => void this.#giveBack(entries)
    this.#settlements = settlements
    const serverNow = () => this.#session?.serverNow
    this.#intake = new Intake({
      ...{ clock, settlements, maxFrameBytes: settings.maxFrameBytes, serverNow, onFault, onStale },
    })
    this.#claims = new Claims({
      ...{ queue: this, intake: this.#intake, membership: this.#membership },
      isWanted: session => this.#isReading && this.#session === session,
      onFault: (session, error) => onFault(fromDriver(error, session.commands.where, `claim in ${this.name}`)),
    })
  }

  /** How its member is marked on the server; undefined while it is none. */
  get sign(): '+' | '-' | undefined {
    if (!this.#session || this.#state === 'left') return undefined
    return this.#state === 'active' ? '+' : '-'
  }

  get isDurable(): boolean {
    return this.#durable
  }

  get isLeft(): boolean {
    return this.#state === 'left'
  }

  /** Whether it is a member in this session, as durable as its subscriptions ask. */
  isIn(session: Session): boolean {
    return this.#joined === session
  }

  get appetite(): number {
    return this.#isTaking ? this.#intake.appetite : 0
  }

  get unsettled(): number {
    return this.#settlements.held
  }

  /** Adds a subscription. */
  consume(spec: SubscriptionSpec, sink: Sink<Token>, ready: Promise<void>): Consumer {
    const consumer = new Consumer(this, sink, spec.prefetch, ready)
    if (spec.durable && !this.#durable) {
      this.#durable = true
      this.#joined = undefined
    }
    this.#intake.add(consumer)
    return consumer
  }

  /** Becomes a member in this session. Resolves when frames come. Rejects with a coded error. */
  async join(session: Session): Promise<void> {
    const isRetiring = this.#state !== 'active'
    try {
      await this.#deps.subscriber.add(this)
      if (session.isOver) return
      if (this.#state === 'left') {
        this.#deps.subscriber.remove(this)
        return
      }
      this.#session = session
      const { orphans, kept, wasLost } = await this.#membership.join(session, this.#durable)
      if (session.isOver || this.sign === undefined) return
      this.#joined = session
      this.#settlements.resume(session.commands, session.member)
      const known = toTakenEntries(kept).filter(({ id }) => !this.#settlements.has(id))
      for (const { id, deliveries, fields } of known) this.#intake.take(id, fields, deliveries)
      if (wasLost && session.hasStreams) this.#deps.onFault(queueGone(this.name))
      if (!session.hasStreams || isRetiring) return
      session.reader.add(this)
      this.#isReading = true
      if (orphans) this.#claims.start(session)
    } catch (error) {
      throw fromDriver(error, session.commands.where, `join ${this.name}`)
    }
  }

  /** The queue was found missing: makes it again. */
  async rejoin(session: Session): Promise<void> {
    if (session.isOver || this.#state !== 'active') return
    this.#deps.onFault(queueGone(this.name))
    await this.#membership.join(session, this.#durable)
  }

  /** The session is over: what has not been handed over comes again. */
  lost(): void {
    this.#session = undefined
    this.#joined = undefined
    this.#isReading = false
    this.#turn.set([], undefined)
    this.#intake.spill()
    this.#settlements.pause()
    this.#claims.go()
  }

  /** Its members have changed, at this place among the messages. */
  heard(news: MembershipChange): void {
    this.#turn.set(news.members, this.#session?.member)
    if (news.orphans) this.orphaned()
  }

  /** There is something to claim. */
  orphaned(): void {
    if (this.#session?.hasStreams && this.#isReading) this.#claims.start(this.#session)
  }

  /** A message on its channel: every member gets it, and one of them takes it. */
  published(place: string, message: Buffer): void {
    const { target } = this
    if (target.kind === 'pattern' && !matchesPattern(target.pattern, place.slice('topic:'.length))) return
    if (this.#turn.takes(message)) this.#intake.takeOnce(message)
  }

  /** Looks whether those are there to whom messages were left. What was left to one who is not, is lost, and told. */
  async checkTurns(session: Session): Promise<void> {
    const left = this.#turn.left()
    if (left.size === 0 || this.#session !== session) return
    for (const member of await this.#membership.deaf(session)) {
      const count = left.get(member) ?? 0
      if (count > 0) this.#deps.onFault(leftToTheDead(this.name, member, count))
    }
  }

  arrived(entries: readonly StreamEntry[]): void {
    if (this.#state !== 'left') this.#intake.arrived(entries)
  }

  /** Somebody has broken it on the server: makes it anew. Rejects where that does not help. */
  async repair(): Promise<void> {
    const session = this.#session
    if (session) await this.rejoin(session)
  }

  broken(error: unknown): void {
    this.#deps.onImpaired(
      error && fromDriver(error, this.#session?.commands.where ?? 'its server', `read ${this.name}`),
    )
  }

  begin(token: Token): Promise<number> {
    return this.#settlements.begin(token)
  }

  settle(token: Token, settlement: Settlement): void {
    this.#settlements.settle(token, settlement)
  }

  more(): void {
    this.#intake.fed()
    this.#claims.go()
    if (this.#isReading) this.#session?.reader.poke(this)
  }

  async retire(consumer: Consumer): Promise<void> {
    if (this.#intake.size > 1 || this.#state !== 'active') return
    while (this.#intake.has(consumer)) {
      const session = await this.#deps.session()
      if (!session || !this.#intake.has(consumer)) return
      try {
        await this.#retire(session)
        return
      } catch (error) {
        if (session.isOver) continue
        this.#deps.onFault(fromDriver(error, session.commands.where, `retire from ${this.name}`))
        return
      }
    }
  }

  async close(consumer: Consumer, unsettled: readonly Token[]): Promise<void> {
    if (!this.#intake.delete(consumer)) return
    if (this.#intake.size > 0) {
      for (const token of unsettled) this.settle(token, { kind: 'nack', delayMs: 0 })
      return
    }
    const session = this.#session
    this.#state = 'left'
    this.#claims.go()
    this.#turn.set([], undefined)
    try {
      if (session && !session.isOver) await this.#leave(session)
    } catch (error) {
      // Other members notice what could not be said once this member is silent.
      if (!session?.isOver) this.#deps.onFault(fromDriver(error, session?.commands.where ?? '', `leave ${this.name}`))
    } finally {
      this.#session = undefined
      this.#settlements.clear()
      this.#deps.onLeft()
      this.#onGone()
    }
  }

  async #retire(session: Session): Promise<void> {
    this.#state = 'retiring'
    this.#intake.shut()
    const passed = session.reader.remove(this)
    this.#isReading = false
    const isLast = await this.#membership.retire(session)
    await Promise.all([passed, this.#turn.passed()])
    if (!session.hasStreams) return
    if (!isLast) return this.#giveBack(this.#intake.spill())
    this.#state = 'emptying'
    this.#intake.open()
    session.reader.add(this)
    this.#isReading = true
    this.#claims.start(session)
    for (let look = 1; this.#state === 'emptying' && !session.isOver; look++) {
      if ((await this.#membership.remaining(session)) <= 0) return
      // A member that is not heard is gone in the end, and then nothing more is to come.
      if (look % looksPerWord === 0) await this.#membership.retire(session)
      await sleep(this.#deps.clock, emptyMs)
    }
    // In another session it begins anew.
    if (session.isOver) throw redisError('SM_REDIS_QUEUE_GONE', `The session of ${this.name} is over`)
  }

  async #leave(session: Session): Promise<void> {
    await session.reader.remove(this)
    this.#isReading = false
    await this.#giveBack(this.#intake.spill())
    await this.#settlements.flush()
    await this.#membership.leave(session)
    this.#deps.subscriber.remove(this)
  }

  get #isTaking(): boolean {
    return this.#state === 'active' || this.#state === 'emptying'
  }

  /** Entries that were read, and handed to nobody, are for others, or for another time. */
  async #giveBack(entries: readonly StreamEntry[]): Promise<void> {
    const session = this.#session
    if (entries.length === 0 || !session) return
    const ids = entries.map(([id]) => id.toString('latin1'))
    try {
      await this.#membership.release(session, ids)
    } catch (error) {
      // Without a session they are this side's still, and come again in the next.
      if (!session.isOver) this.#deps.onFault(fromDriver(error, session.commands.where, `give back in ${this.name}`))
    }
  }
}
