import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream'
import type { Msg, Subscription } from '@nats-io/transport-node'
import { brokerError, type Sink } from '@sm/brokered'
import {
  backoffCeilingMs,
  type Cancel,
  isSmError,
  type Settlement,
  type SubscriptionSpec,
  sleep,
} from '@sm/core/transport'
import { queued } from '../groups/groups.ts'
import type { Session } from '../session.ts'
import { leftToReceivers } from '../wire/names.ts'
import { consumerWatch } from './consumer-watch.ts'
import { ensureConsumer } from './consumers.ts'
import { DeliveryCounts, lastDelivered } from './delivery-counts.ts'
import { EventReader } from './event-reader.ts'
import { InHand } from './in-hand.ts'
import type { IntakeDeps } from './intake-deps.ts'
import { isOver, leave } from './leave.ts'
import { pause } from './pause.ts'
import { Pulls } from './pulls.ts'
import { redeliverStalled } from './stalled-redelivery.ts'

/** How often something is done within the time after which its absence would be noticed. */
const ticksInTime = 3

/** The frames of a subscription that come by JetStream. It outlives connections. */
export class AtLeastOnceIntake {
  readonly #spec: SubscriptionSpec
  readonly #sink: Sink<string>
  readonly #deps: IntakeDeps
  readonly #name: string
  readonly #pattern: string | undefined
  readonly #inHand: InHand
  readonly #counts = new DeliveryCounts()
  readonly #reader: EventReader
  #session: Session | undefined
  #manager: JetStreamManager | undefined
  #members: Subscription | undefined
  #pulls: Pulls | undefined
  /** When the consumer was made: another one under its name knows nothing of what the old one handed out. */
  #created: string | undefined
  /** Whether frames are taken on; while that is being found out, they are put aside. */
  #isTaking: boolean | 'unsure' = true
  #aside: Msg[] = []
  #isFeeding = false
  #isClosed = false
  #isMending = false
  #attaching: Promise<void> | undefined
  #tick: Cancel | undefined
  #changed = Promise.withResolvers<void>()

  constructor(spec: SubscriptionSpec, sink: Sink<string>, deps: IntakeDeps) {
    this.#spec = spec
    this.#sink = sink
    this.#deps = deps
    this.#name = deps.names.consumer(spec)
    this.#pattern = leftToReceivers(spec.target)
    this.#reader = new EventReader(spec, 'at-least-once', deps)
    const { names, tries, fault } = deps
    const notBegun = (token: string) => this.#counts.attemptOf(token) === 1 && tries.notBegun(this.#name, token)
    this.#inHand = new InHand({ names, group: spec.group, notBegun, fault })
  }

  get held(): number {
    return this.#inHand.size
  }

  /** Opens it on a connection. Rejects with a coded error; frames flow once it has resolved. */
  attach(session: Session, manager: JetStreamManager): Promise<void> {
    this.#attaching = this.#attach(session, manager)
    return this.#attaching
  }

  async #attach(session: Session, manager: JetStreamManager): Promise<void> {
    const { names } = this.#deps
    this.#session = session
    this.#manager = manager
    if (this.#isTaking === true) this.#members = session.subscribe(names.members(this.#name), () => undefined)
    await session.flush()
    const info = await this.#ensure(session, manager)
    if (this.#session !== session || this.#isClosed) return
    this.#inHand.attach(session)
    this.#pull(session, manager, queued(info) > 0)
    this.#notify()
  }

  #redeliverStalled(pulls: Pulls, manager: JetStreamManager): void {
    void redeliverStalled({
      pulls,
      clock: this.#deps.clock,
      queued: async () => queued(await manager.consumers.info(this.#deps.names.stream, this.#name)),
      isOver: () => this.#pulls !== pulls || this.#isTaking !== true,
    })
  }

  detach(): void {
    this.#inHand.detach()
    this.#session = undefined
    this.#manager = undefined
    this.#members = undefined
    this.#pulls = undefined
    this.#aside = []
    this.#tick?.()
    this.#tick = undefined
    this.#notify()
  }

  /** There is room: asks for as much, though not for every single frame. */
  more(): void {
    const pulls = this.#pulls
    if (!pulls || this.#isTaking !== true || this.#isFeeding) return
    this.#feed()
    const { asked } = pulls
    const wanted = this.#sink.room - asked
    if (wanted > 0 && (asked === 0 || wanted >= this.#spec.prefetch >> 1)) pulls.ask(wanted)
  }

  /** Hands on what had to wait. The sink calls back when it takes something. */
  #feed(): void {
    this.#isFeeding = true
    while (this.#aside.length > 0 && this.#sink.room > 0) this.#received(this.#aside.shift() as Msg)
    this.#isFeeding = false
  }

  begin(token: string): Promise<number> {
    return this.#deps.tries.begin(this.#name, token)
  }

  settle(token: string, settlement: Settlement): void {
    this.#inHand.settle(token, settlement)
    if (this.#inHand.size === 0) this.#notify()
  }

  /** Takes on nothing new, but what only this member can still handle. */
  async retire(): Promise<void> {
    this.#members?.unsubscribe()
    this.#isTaking = 'unsure'
    // A queue that is kept in any case needs nobody to go on with it.
    while (!this.#isClosed && !this.#spec.durable) {
      const changed = this.#changed.promise
      const [session, manager] = [this.#session, this.#manager]
      if (session && manager) {
        if (await isOver({ ...this.#deps, name: this.#name, session, manager })) break
        // Nobody else can handle what is left.
        if (!this.#isClosed) this.#isTaking = true
        this.more()
      }
      await pause(this.#deps.clock, changed)
    }
    await this.#stopTaking()
  }

  /**
   * A frame that is given back before the requests have ended would be sent to them once more, and to nobody else until
   * `ack_wait`.
   */
  async #stopTaking(): Promise<void> {
    this.#isTaking = false
    await this.#pulls?.close()
    for (const { reply = '' } of this.#aside.splice(0)) this.#inHand.giveBack(reply, false)
  }

  async close(unsettled: readonly string[]): Promise<void> {
    this.#isClosed = true
    this.#isTaking = false
    this.#notify()
    // An intake that is not open yet would be opened after its end; if that fails, nothing is left to close.
    await this.#attaching?.catch(() => undefined)
    this.#members?.unsubscribe()
    await this.#stopTaking()
    for (const token of unsettled) this.#inHand.giveBack(token, true)
    await this.#inHand.buried()
    const [session, manager] = [this.#session, this.#manager]
    if (session && manager && !this.#spec.durable) {
      await leave({ ...this.#deps, name: this.#name, session, manager })
    }
    this.detach()
  }

  async #ensure(session: Session, manager: JetStreamManager): Promise<ConsumerInfo> {
    const { names, groups } = this.#deps
    await groups.settled(this.#name)
    const info = await ensureConsumer(this.#spec, manager, session, this.#deps)
    this.#counts.begin(await lastDelivered(info, manager))
    if (this.#isAnother(info) || !groups.has(this.#name)) {
      const pattern = this.#pattern
      const filter = names.keptFilter(this.#spec.target)
      const began = { event: 'began', name: this.#name, filter, after: info.delivered.stream_seq } as const
      groups.announce(pattern === undefined ? began : { ...began, pattern })
    }
    return info
  }

  /** Whether it is another consumer than before, which knows nothing of what is in hand. */
  #isAnother({ created }: ConsumerInfo): boolean {
    const isAnother = this.#created !== undefined && this.#created !== created
    this.#created = created
    if (isAnother) {
      this.#inHand.forget()
      this.#sink.lost()
    }
    return isAnother
  }

  #pull(session: Session, manager: JetStreamManager, isBehind: boolean): void {
    const { names, clock, fault } = this.#deps
    const gone = () => void this.#mend(session)
    const pulls = new Pulls(session, this.#name, names, clock, {
      frame: msg => {
        this.#counts.arrived(msg.reply ?? '')
        this.#received(msg)
      },
      ended: () => this.more(),
      gone,
      refused: why => fault(brokerError('SM_BROKER_REFUSED', `The NATS server does not hand out frames: ${why}`)),
    })
    this.#pulls = pulls
    if (isBehind) this.#redeliverStalled(pulls, manager)
    const look = consumerWatch({ pulls, info: () => manager.consumers.info(names.stream, this.#name), gone })
    this.#work(() => void look())
    this.more()
  }

  /** The consumer is gone under the feet of its members: makes it anew, for as long as it takes. */
  async #mend(session: Session): Promise<void> {
    const { clock, fault, mend, settings } = this.#deps
    const manager = this.#manager
    if (this.#isMending || !manager) return
    this.#isMending = true
    for (let attempt = 1; this.#session === session && !this.#isClosed; attempt++) {
      await mend()
      try {
        await this.#ensure(session, manager)
        this.more()
        break
      } catch (error) {
        if (session.isOpen) fault(error)
      }
      await sleep(clock, backoffCeilingMs({ ...settings.reconnect, factor: 2, jitter: 0 }, attempt))
    }
    this.#isMending = false
  }

  #received(msg: Msg): void {
    const token = msg.reply ?? ''
    if (!this.#isTaking) this.#inHand.giveBack(token, false)
    else if (this.#isTaking === 'unsure' || this.#sink.room === 0) {
      this.#inHand.add(token, msg)
      this.#aside.push(msg)
    } else if (this.#reader.isMeant(msg)) this.#take(token, msg)
    else {
      this.#inHand.pass(token)
      this.more()
    }
  }

  #take(token: string, msg: Msg): void {
    const frame = this.#reader.read(msg)
    if (isSmError(frame)) {
      this.#deps.fault(frame)
      this.#inHand.bury(token, msg, frame)
      this.more()
      return
    }
    const attempt = this.#counts.attemptOf(token)
    const ageMs = frame.header.expiresAt === undefined ? undefined : this.#deps.tries.ageOf(token)
    if (frame.header.delivery === 'at-least-once') {
      this.#inHand.add(token, msg)
      this.#sink.take(frame, attempt, token, ageMs)
      return
    }
    // Somebody sent it this way all the same: whatever becomes of it, it does not come again.
    this.#inHand.pass(token)
    if (attempt === 1) this.#sink.takeOnce(frame, ageMs)
    this.more()
  }

  /** Tells the server, in time, that frames are being handled and that somebody is there; `look` is called now and then. */
  #work(look: () => void, ticks = 1): void {
    const { clock, settings } = this.#deps
    const { deadAfterMs, graceMs } = settings
    this.#tick = clock.schedule(() => {
      this.#inHand.work()
      this.#pulls?.checkOverdue()
      if (this.#pulls?.asked === 0 && this.#isTaking === true) this.#pulls.stay()
      else if (ticks % ticksInTime === 0) look()
      this.#work(look, ticks + 1)
    }, Math.min(deadAfterMs, graceMs) / ticksInTime)
  }

  #notify(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
