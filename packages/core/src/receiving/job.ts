import type { Delivery, RejectReason, Transport } from '../contract/index.ts'
import type { Clock } from '../kernel/index.ts'
import { type Frame, type Header, LocalFrame } from '../message/index.ts'

/** How handling ended when nothing failed. Everything but `handled` means that the handler did not run. */
export type Outcome = 'handled' | 'ignored' | 'expired' | 'duplicate' | 'givenUp' | 'unaccepted'

/**
 * How a message with a key stands to those before it of the same sender and type: `kept`: the one before it came here before; `unknown`: that one has
 * not come here, and may still come, or another instance has it; `broken`: a later one came before.
 */
export type KeyOrder = 'kept' | 'unknown' | 'broken'

/** One message on its way to one handler. */
export class Job {
  readonly frame: Frame
  readonly header: Header
  readonly delivery: Delivery
  readonly transport: Transport
  /** When the message loses its meaning, by {@link Clock.elapsed}; `Infinity` for never. */
  readonly endsAt: number
  /** Which try this is: as the transport says, until a wire that counts tries has been asked. */
  attempt: number
  /** The payload as the handler gets it; set by the validate stage. */
  payload: unknown = undefined
  /** How it stands to the messages with its key that were sent before it; undefined where its sender does not tell. */
  order: KeyOrder | undefined = undefined
  /** It had to wait on its way, so that it may have expired meanwhile. */
  hasWaited = false
  /** The value that the handler returned. */
  result: unknown = undefined
  /** The handler's own promise while it runs, also after the timeout stage has given up on it. */
  running: Promise<unknown> | undefined = undefined
  /** Why the handler should stop, once it should. */
  abortReason: unknown = undefined
  /** The handler that it is on its way to, once that has begun with it. */
  subscriber: object | undefined = undefined
  /** Why an earlier try of the message was the last, once that is known. */
  rejection: RejectReason | undefined = undefined
  #controller: AbortController | undefined

  constructor(delivery: Delivery, transport: Transport, clock: Clock) {
    this.frame = delivery.frame
    this.header = delivery.frame.header
    this.delivery = delivery
    this.transport = transport
    this.attempt = delivery.attempt
    this.endsAt = this.frame.header.expiresAt === undefined ? Number.POSITIVE_INFINITY : endOf(delivery, clock)
  }

  /** Made when a handler first asks for it: most never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.abortReason !== undefined) this.#controller.abort(this.abortReason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    if (this.abortReason !== undefined) return
    this.abortReason = reason
    this.#controller?.abort(reason)
  }
}

/** When a message ends, whatever was done to the wall clocks of both sides meanwhile, as far as the wire can tell. */
function endOf({ frame, ageMs }: Delivery, clock: Clock): number {
  const { time, expiresAt } = frame.header
  const lifeMs = (expiresAt as number) - time
  if (frame instanceof LocalFrame) return frame.madeAt + lifeMs
  return clock.elapsed() + lifeMs - (ageMs ?? clock.now() - time)
}
