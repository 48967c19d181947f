import { brokerError, type PendingPublish } from '@sm/brokered'
import {
  type Cancel,
  type Clock,
  type Evidence,
  encodeFrame,
  formatAddress,
  smError,
  type TransportReceipt,
} from '@sm/core/transport'
import type { ClientSession } from './client-session.ts'

interface Unconfirmed {
  readonly pending: PendingPublish
  cancel: Cancel
}

/** The publishes at least once that the broker has not answered. Each is asked again, under its id, until it is. */
export class UnconfirmedPublishes {
  readonly #clock: Clock
  readonly #namespace: string
  readonly #answerMs: number
  readonly #evidence: Evidence
  readonly #publishes = new Map<number, Unconfirmed>()

  constructor({ clock, namespace, answerMs, evidence }: UnconfirmedPublishesDeps) {
    this.#clock = clock
    this.#namespace = namespace
    this.#answerMs = answerMs
    this.#evidence = evidence
  }

  get size(): number {
    return this.#publishes.size
  }

  publish(number: number, pending: PendingPublish, session: ClientSession): void {
    const { frame, address } = pending
    const bytes = encodeFrame(frame)
    const entry: Unconfirmed = { pending, cancel: () => undefined }
    this.#publishes.set(number, entry)
    const send = () => {
      const { id } = frame.header
      session.send({ kind: 'publish', number, id, namespace: this.#namespace, address, bytes, kept: true })
      entry.cancel = this.#clock.schedule(send, this.#answerMs)
    }
    send()
  }

  confirmed(number: number, copies: number): void {
    const pending = this.#take(number)
    if (!pending) return
    const { address } = pending
    if (copies > 0) pending.taken({ evidence: this.#evidence, copies } satisfies TransportReceipt)
    else if (address.kind === 'topic') pending.taken({ evidence: 'none', copies })
    else {
      const what = `The broker knows nobody at ${formatAddress(address)}`
      pending.failed(smError('SM_ROUTE_NONE', what, { details: { outcome: 'failed' } }))
    }
  }

  /** The connection is lost: what was sent over it may have arrived. */
  lost(): void {
    for (const number of [...this.#publishes.keys()]) this.#take(number)?.failed(lostError())
  }

  #take(number: number): PendingPublish | undefined {
    const entry = this.#publishes.get(number)
    this.#publishes.delete(number)
    entry?.cancel()
    return entry?.pending
  }
}

/** Dependencies of a list of publishes. */
export interface UnconfirmedPublishesDeps {
  readonly clock: Clock
  readonly namespace: string
  /** After how long a publish is sent again, in milliseconds. */
  readonly answerMs: number
  /** What a confirmation proves. */
  readonly evidence: Evidence
}

/** The error of a publish whose connection was lost. */
export function lostError() {
  return brokerError('SM_BROKER_LOST', 'The connection to the broker is lost', { details: { outcome: 'unknown' } })
}
