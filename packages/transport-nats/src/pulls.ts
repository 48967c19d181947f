import type { Msg, Subscription } from '@nats-io/transport-node'
import type { Clock } from '@sm/core/transport'
import type { Names } from './names.ts'
import type { Session } from './session.ts'

export interface PullEvents {
  /** A frame of the stream. */
  frame(msg: Msg): void
  /** A request has ended with less than it asked for. */
  ended(): void
  /** There is no such consumer any more. */
  gone(): void
  /** The server does not understand. */
  refused(why: string): void
}

const expiresMs = 30_000
/** How long a request waits while there is a hurry, in milliseconds. */
const hurriedMs = 20
const nanos = 1_000_000
/** How much longer than its own time a request may take to end, in milliseconds. */
const lateMs = 5_000

let last = 0

/** Asks a consumer for frames, and counts what is still to come. All of it belongs to one connection. */
export class Pulls {
  readonly #session: Session
  readonly #clock: Clock
  readonly #subject: string
  readonly #inbox: string
  readonly #events: PullEvents
  readonly #subscription: Subscription
  /** Has the server look again and again whether there is something, instead of waiting until there is. */
  isHurried = false
  #asked = 0
  #askedAt = 0

  constructor(session: Session, consumer: string, names: Names, clock: Clock, events: PullEvents) {
    last += 1
    this.#session = session
    this.#clock = clock
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${names.stream}.${consumer}`
    this.#inbox = `${session.inbox}.s${last}.`
    this.#events = events
    // A frame keeps its own subject; what the server has to say comes under that of the request.
    this.#subscription = session.subscribe(`${this.#inbox}*`, msg => {
      if (msg.subject.startsWith(this.#inbox)) this.#told(msg)
      else {
        this.#asked -= 1
        events.frame(msg)
      }
    })
  }

  /** How many frames are asked for and have not come. */
  get asked(): number {
    return this.#asked
  }

  /** Asks for up to `frames` more. */
  ask(frames: number): void {
    this.#asked += frames
    this.#askedAt = this.#clock.now()
    const expires = (this.isHurried ? hurriedMs : expiresMs) * nanos
    this.#request('pull', { batch: frames, expires })
  }

  /**
   * Shows the server that somebody is there, though there is no room: otherwise it would take a group whose members are all busy
   * for one that has none. It may bring one frame, which then has to wait.
   */
  stay(): void {
    this.#asked += 1
    this.#request('once', { batch: 1, no_wait: true })
  }

  /** Takes it that nothing comes any more if a request has not ended in its time. */
  checkOverdue(): void {
    if (this.#asked === 0 || this.#clock.now() - this.#askedAt < expiresMs + lateMs) return
    this.#asked = 0
    this.#events.ended()
  }

  /** Has the server send nothing more. Resolves once all that was on its way has come. */
  close(): Promise<void> {
    return this.#session.finish(this.#subscription)
  }

  #request(kind: 'pull' | 'once', request: object): void {
    this.#session.publish(this.#subject, JSON.stringify(request), { reply: this.#inbox + kind })
  }

  #told({ subject, headers }: Msg): void {
    const code = headers?.code ?? 0
    const why = headers?.description ?? ''
    if (code === 503 || (code === 409 && /deleted/i.test(why))) {
      this.#asked = 0
      this.#events.gone()
      return
    }
    if (code === 100) return
    if (code === 400) this.#events.refused(why)
    const left = subject.endsWith('once') ? '1' : headers?.get('Nats-Pending-Messages')
    this.#asked = left ? Math.max(0, this.#asked - Number(left)) : 0
    this.#events.ended()
  }
}
