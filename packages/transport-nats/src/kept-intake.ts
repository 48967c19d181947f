import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream'
import type { Msg, Subscription } from '@nats-io/transport-node'
import type { BrokeredSettings, Sink } from '@sm/brokered'
import { brokerError } from '@sm/brokered'
import {
  backoffCeilingMs,
  type Cancel,
  type Clock,
  describeThrown,
  type Frame,
  matchesPattern,
  type Settlement,
  type SubscriptionSpec,
  sleep,
} from '@sm/core/transport'
import { ensureConsumer } from './consumers.ts'
import { readReceipt } from './dead-letters.ts'
import { natsError } from './errors.ts'
import type { Groups } from './groups.ts'
import { InHand } from './in-hand.ts'
import { isOver, leave } from './leave.ts'
import { leftToReceivers, type Names } from './names.ts'
import { Pulls } from './pulls.ts'
import { toFrame } from './read-event.ts'
import type { Session } from './session.ts'

export interface KeptParts {
  readonly names: Names
  readonly groups: Groups
  readonly settings: BrokeredSettings
  readonly clock: Clock
  readonly fault: (error: unknown) => void
  /** Makes the streams anew if they are gone. Never rejects. */
  readonly mend: () => Promise<void>
}

/** How often something is done within the time after which its absence would be noticed. */
const ticksInTime = 3

/** What a subscription gets by JetStream. It outlives connections. */
export class KeptIntake {
  readonly #spec: SubscriptionSpec
  readonly #sink: Sink<string>
  readonly #parts: KeptParts
  readonly #name: string
  readonly #pattern: string | undefined
  readonly #inHand: InHand
  #session: Session | undefined
  #manager: JetStreamManager | undefined
  #members: Subscription | undefined
  #pulls: Pulls | undefined
  /** When the consumer was made: another one under its name knows nothing of what the old one handed out. */
  #created: string | undefined
  /** Whether frames are taken on; while that is being found out, they are put aside. */
  #isTaking: boolean | 'unsure' = true
  #aside: Msg[] = []
  #isClosed = false
  #isMending = false
  #attaching: Promise<void> | undefined
  #tick: Cancel | undefined
  #changed = Promise.withResolvers<void>()

  constructor(spec: SubscriptionSpec, sink: Sink<string>, parts: KeptParts) {
    this.#spec = spec
    this.#sink = sink
    this.#parts = parts
    this.#name = parts.names.consumer(spec)
    this.#pattern = leftToReceivers(spec.target)
    this.#inHand = new InHand({ names: parts.names, group: spec.group, fault: parts.fault })
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
    const { names } = this.#parts
    this.#session = session
    this.#manager = manager
    if (this.#isTaking === true) this.#members = session.subscribe(names.members(this.#name), () => undefined)
    await session.flush()
    await this.#ensure(session, manager)
    if (this.#session !== session || this.#isClosed) return
    this.#inHand.attach(session)
    this.#pull(session)
    this.#notify()
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
    if (!pulls || this.#isTaking !== true) return
    const { asked } = pulls
    const wanted = this.#sink.room - asked
    if (wanted > 0 && (asked === 0 || wanted >= this.#spec.prefetch >> 1)) pulls.ask(wanted)
  }

  settle(token: string, settlement: Settlement): void {
    this.#inHand.settle(token, settlement)
    if (this.#inHand.size === 0) this.#notify()
  }

  /** Takes on nothing new, but what only this member can still handle. */
  async retire(): Promise<void> {
    const { names } = this.#parts
    const { durable } = this.#spec
    this.#members?.unsubscribe()
    this.#isTaking = 'unsure'
    // What is kept in any case needs nobody to go on with it.
    while (!this.#isClosed && !durable) {
      const changed = this.#changed.promise
      const [session, manager] = [this.#session, this.#manager]
      if (session && manager) {
        if (await isOver({ name: this.#name, names, session, manager })) break
        this.#takeAgain()
      }
      await this.#pause(changed)
    }
    this.#stopTaking()
    await this.#pulls?.close()
  }

  /** Nobody else can handle what is left. */
  #takeAgain(): void {
    if (this.#isClosed) return
    this.#isTaking = true
    for (const msg of this.#aside.splice(0)) this.#received(msg)
    this.more()
  }

  #stopTaking(): void {
    this.#isTaking = false
    for (const { reply = '' } of this.#aside.splice(0)) this.#inHand.giveBack(reply)
  }

  async close(unsettled: readonly string[]): Promise<void> {
    const { names, groups } = this.#parts
    this.#isClosed = true
    this.#stopTaking()
    this.#notify()
    for (const token of unsettled) this.#inHand.giveBack(token)
    // What is not open yet would be opened after its end; if that fails, nothing is left to close.
    await this.#attaching?.catch(() => undefined)
    this.#members?.unsubscribe()
    await this.#pulls?.close()
    await this.#inHand.buried()
    const [session, manager] = [this.#session, this.#manager]
    if (session && manager && !this.#spec.durable) {
      await leave({ name: this.#name, names, groups, session, manager, clock: this.#parts.clock })
    }
    this.detach()
  }

  async #ensure(session: Session, manager: JetStreamManager): Promise<void> {
    const { names, groups } = this.#parts
    await groups.settled(this.#name)
    const info = await ensureConsumer(this.#spec, manager, session, this.#parts)
    this.#recognise(info)
    if (!groups.has(this.#name)) {
      const pattern = this.#pattern
      const filter = names.keptFilter(this.#spec.target)
      const began = { event: 'began', name: this.#name, filter, after: info.delivered.stream_seq } as const
      groups.announce(pattern === undefined ? began : { ...began, pattern })
    }
  }

  #recognise({ created }: ConsumerInfo): void {
    if (this.#created !== undefined && this.#created !== created) {
      this.#inHand.forget()
      this.#sink.lost()
    }
    this.#created = created
  }

  #pull(session: Session): void {
    const { names, clock, fault } = this.#parts
    this.#pulls = new Pulls(session, this.#name, names, clock, {
      frame: msg => this.#received(msg),
      ended: () => this.more(),
      gone: () => void this.#mend(session),
      refused: why => fault(brokerError('SM_BROKER_REFUSED', `The NATS server does not hand out frames: ${why}`)),
    })
    this.#work()
    this.more()
  }

  /** The consumer is gone under the feet of its members: makes it anew, for as long as it takes. */
  async #mend(session: Session): Promise<void> {
    const { clock, fault, mend, settings } = this.#parts
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
    if (this.#isTaking === 'unsure') this.#aside.push(msg)
    else if (!this.#isTaking || this.#sink.room === 0) this.#inHand.giveBack(token)
    else if (this.#isMeant(msg)) this.#take(token, msg)
    else {
      this.#inHand.pass(token)
      this.more()
    }
  }

  #isMeant({ subject }: Msg): boolean {
    return this.#pattern === undefined || matchesPattern(this.#pattern, this.#parts.names.topicOf(subject, true))
  }

  #take(token: string, msg: Msg): void {
    const frame = this.#read(token, msg)
    if (!frame) {
      this.more()
      return
    }
    const { attempt } = readReceipt(token)
    if (frame.header.delivery === 'at-least-once') {
      this.#inHand.add(token, msg)
      this.#sink.take(frame, attempt, token)
      return
    }
    // Somebody sent it this way all the same: whatever becomes of it, it does not come again.
    this.#inHand.pass(token)
    if (attempt === 1) this.#sink.takeOnce(frame)
    this.more()
  }

  #read(token: string, msg: Msg): Frame | undefined {
    try {
      return toFrame(msg, { now: this.#parts.clock.now(), delivery: 'at-least-once' })
    } catch (cause) {
      const message = describeThrown(cause)
      const what = `What came on ${msg.subject} is no message: ${message}`
      this.#parts.fault(natsError('SM_NATS_EVENT', what, { cause }))
      this.#inHand.bury(token, msg, { code: 'SM_NATS_EVENT', message })
      return undefined
    }
  }

  /** Tells the server, in time, that frames are being handled and that somebody is there. */
  #work(ticks = 0): void {
    const { clock, settings } = this.#parts
    const { deadAfterMs, graceMs } = settings
    this.#tick = clock.schedule(() => {
      this.#inHand.work()
      const pulls = this.#pulls
      if (pulls && !this.#isClosed) {
        pulls.checkOverdue()
        // It is answered also when the consumer has gone without a word, with its stream.
        if (pulls.asked === 0 || ticks % ticksInTime === 0) pulls.stay()
      }
      this.#work(ticks + 1)
    }, Math.min(deadAfterMs, graceMs) / ticksInTime)
  }

  #notify(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async #pause(changed: Promise<void>): Promise<void> {
    const waited = Promise.withResolvers<void>()
    const cancel = this.#parts.clock.schedule(waited.resolve, 50)
    await Promise.race([changed, waited.promise])
    cancel()
  }
}
