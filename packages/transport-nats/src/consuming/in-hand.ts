import type { Msg } from '@nats-io/transport-node'
import { describeThrown, type RejectReason, type Settlement } from '@sm/core/transport'
import { natsError } from '../errors.ts'
import type { Session } from '../session.ts'
import type { Names } from '../wire/names.ts'
import { bury } from './dead-letters.ts'

const answers = {
  ack: new Uint8Array(Buffer.from('+ACK')),
  nak: new Uint8Array(Buffer.from('-NAK')),
  working: new Uint8Array(Buffer.from('+WPI')),
  term: new Uint8Array(Buffer.from('+TERM')),
}
const nanos = 1_000_000
/** A frame that comes back at once would come before all others, again and again. */
const shortestNackMs = 5
/** How long a frame is kept back that should be a dead letter, and could not be made one, in milliseconds. */
const buryAgainMs = 1_000

/** The frames of one consumer that are handed over and not settled, and how the server is told of their end. */
export class InHand {
  readonly #deps: InHandDeps
  /** By the subject to which their end is told. */
  readonly #held = new Map<string, Msg>()
  /** The answers that wait for a connection. */
  #late: Array<() => void> = []
  readonly #burials = new Set<Promise<void>>()
  #session: Session | undefined

  constructor(deps: InHandDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#held.size
  }

  attach(session: Session): void {
    this.#session = session
    for (const tell of this.#late.splice(0)) tell()
  }

  detach(): void {
    this.#session = undefined
  }

  add(token: string, msg: Msg): void {
    this.#held.set(token, msg)
  }

  /** The server knows nothing of them any more. */
  forget(): void {
    this.#held.clear()
    this.#late = []
  }

  /** Tells how a frame ended, now or as soon as there is a connection. */
  settle(token: string, settlement: Settlement): void {
    const msg = this.#held.get(token)
    if (!msg) return
    this.#held.delete(token)
    const tell = () => this.#tell(token, msg, settlement)
    if (this.#session) tell()
    else this.#late.push(tell)
  }

  /** Gives a frame back at once, `begun` telling whether a handler began with it. */
  giveBack(token: string, begun: boolean): void {
    this.#held.delete(token)
    if (!begun) this.#deps.notBegun(token)
    this.#session?.publish(token, answers.nak)
  }

  /** A frame that needs no handling is done. */
  pass(token: string): void {
    this.#held.delete(token)
    this.#session?.publish(token, answers.ack)
  }

  /** Tells the server that all of them are being handled. */
  work(): void {
    for (const token of this.#held.keys()) this.#session?.publish(token, answers.working)
  }

  /** Makes a frame a dead letter. */
  bury(token: string, msg: Msg, reason: RejectReason): void {
    const { names, group, fault } = this.#deps
    const session = this.#session
    this.#held.delete(token)
    if (!session) return
    const burial = bury(msg, group, reason, names, session).then(
      () => session.publish(token, answers.term),
      cause => {
        session.publish(token, nakAfter(buryAgainMs))
        const what = `A frame that ${group} rejected is not among the dead letters: ${describeThrown(cause)}`
        if (session.isOpen) fault(natsError('SM_NATS_DEAD_LETTER', what, { cause }))
      },
    )
    this.#burials.add(burial)
    void burial.then(() => this.#burials.delete(burial))
  }

  /** Resolves when the dead letters under way are stored, or will not be. */
  async buried(): Promise<void> {
    await Promise.all(this.#burials)
  }

  #tell(token: string, msg: Msg, settlement: Settlement): void {
    if (settlement.kind === 'ack') this.pass(token)
    else if (settlement.kind === 'nack') {
      // A dead letter that is stored first is known when the frame comes back.
      if (settlement.begun === false) this.#deps.notBegun(token)
      this.#session?.publish(token, nakAfter(settlement.delayMs))
    } else this.bury(token, msg, settlement.reason)
  }
}

export interface InHandDeps {
  readonly names: Names
  readonly group: string
  readonly notBegun: (token: string) => unknown
  readonly fault: (error: unknown) => void
}

function nakAfter(delayMs: number): string {
  return `-NAK {"delay":${Math.round(Math.max(shortestNackMs, delayMs) * nanos)}}`
}
