import type { Msg, Subscription } from '@nats-io/transport-node'
import type { Clock } from '@sm/core/transport'
import type { Session } from '../session.ts'
import type { Names } from '../wire/names.ts'

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
/** How long a request waits while deliveries are stalled, in milliseconds. */
const hurriedMs = 20
const nanos = 1_000_000
/** How much longer than its own time a request may take to end, in milliseconds. */
const lateMs = 1_000
/** Requests whose time ends within this many milliseconds of each other are counted together. */
const togetherMs = 250

/** Requests that the server has forgotten by a certain time. */
interface Asked {
  frames: number
  readonly until: number
}

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
  /** All requests whose time is not over, the oldest first. What they asked for may have come. */
  #recent: Asked[] = []

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
        // It may come after it was given up.
        if (this.#asked > 0) this.#asked -= 1
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
    const waitMs = this.isHurried ? hurriedMs : expiresMs
    this.#count(frames, waitMs)
    this.#request('pull', { batch: frames, expires: waitMs * nanos })
  }

  /**
   * Shows the server that somebody is there, though there is no room: otherwise it would take a group whose members are all busy
   * for one that has none. It may bring one frame, which then has to wait.
   */
  stay(): void {
    this.#count(1, 0)
    this.#request('once', { batch: 1, no_wait: true })
  }

  /** A server that looks at a request at the very end of its time forgets it without a word: nothing comes of that any more. */
  checkOverdue(): void {
    const now = this.#clock.elapsed()
    this.#recent = this.#recent.filter(({ until }) => until > now)
    const most = this.#recent.reduce((sum, { frames }) => sum + frames, 0)
    if (this.#asked <= most) return
    this.#asked = most
    this.#events.ended()
  }

  /** Nothing that was asked for comes any more: who led the consumer is gone. */
  forget(): void {
    this.#asked = 0
    this.#recent = []
    this.#events.ended()
  }

  /** Has the server send nothing more. Resolves once all that was on its way has come. */
  close(): Promise<void> {
    return this.#session.finish(this.#subscription)
  }

  #count(frames: number, waitMs: number): void {
    this.#asked += frames
    const until = this.#clock.elapsed() + waitMs + lateMs
    const last = this.#recent.at(-1)
    if (last && last.until <= until && until - last.until < togetherMs) last.frames += frames
    else this.#recent.push({ frames, until })
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
