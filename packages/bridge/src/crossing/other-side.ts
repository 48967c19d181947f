import {
  type Address,
  type Delivery,
  describeThrown,
  type Frame,
  type Header,
  isPromise,
  isSmError,
  type MaybePromise,
  type SmError,
  type Transport,
  type TransportReceipt,
} from '@sm/core/transport'
import { bridgeError } from '../errors.ts'
import type { BridgeTally } from '../tally.ts'

/** A message on its way: as it came, and as it goes. */
export interface Passing {
  readonly delivery: Delivery
  readonly frame: Frame
  readonly address: Address
}

/** Hands a message back to the wire that it came from, for whoever carries on. */
export function handBack(delivery: Delivery): undefined {
  delivery.nack({ begun: false })
  return undefined
}

/** Whether no later try of the same can be better. A transport that has stopped says nothing of a message. */
export function isFinal(error: unknown): boolean {
  return isSmError(error) && !error.retryable && error.code !== 'SM_TRANSPORT_STATE'
}

function isOwn(error: unknown): error is SmError {
  return isSmError(error) && error.code.startsWith('SM_BRIDGE_') && error.code !== 'SM_BRIDGE_REPLIES'
}

/** The side that messages go to: publishes there what passes, and settles it on the side that it came from. */
export class OtherSide {
  readonly #deps: OtherSideDeps

  constructor(deps: OtherSideDeps) {
    this.#deps = deps
  }

  /** Whether it has its wire. */
  get isReady(): boolean {
    return this.#deps.to.state === 'ready'
  }

  get name(): string {
    return this.#deps.to.name
  }

  /** Does what must be done there before a message goes there. */
  open(header: Header): MaybePromise<void> {
    return this.#deps.beforehand?.(header)
  }

  /** Throws or rejects with what the transport says, or `SM_BRIDGE_AWAY` when it could not know who wants the message. */
  publish({ frame, address }: Passing): MaybePromise<TransportReceipt> {
    const { to, ended } = this.#deps
    const wasReady = this.isReady
    const sent = to.publish(frame, address, { signal: ended })
    if (frame.header.delivery === 'at-most-once') return sent
    const checked = (receipt: TransportReceipt) => {
      if (receipt.evidence !== 'none' || (wasReady && this.isReady)) return receipt
      throw this.away(frame)
    }
    return isPromise(sent) ? sent.then(checked) : checked(sent)
  }

  /** The error of a message that nobody can place while the wire is lost. */
  away({ header }: Frame): SmError {
    const what = `"${this.name}" has lost its wire, and nobody knows who is there for ${header.type}`
    return bridgeError('SM_BRIDGE_AWAY', what)
  }

  /** It is there. */
  done({ delivery }: Passing, { evidence }: TransportReceipt): void {
    const { tally, counter, unanswered } = this.#deps
    tally.add(counter)
    if (evidence === 'none') {
      tally.add('unheard')
      unanswered?.(delivery.frame.header)
    }
    delivery.ack()
  }

  /** A message at most once has not come there. */
  lost(passing: Passing, error: unknown): undefined {
    const { tally, ended } = this.#deps
    if (isFinal(error) && !ended.aborted) return this.reject(passing, error)
    const { header } = passing.delivery.frame
    tally.add('lost')
    tally.tell('warn', header, 'A message at most once did not cross a bridge', { error, transport: this.name })
    passing.delivery.ack()
    return this.#answer(passing, error)
  }

  /** It will never be there: it becomes a dead letter of the side that it came from. */
  reject(passing: Passing, error: unknown): undefined {
    const { tally } = this.#deps
    const { header } = passing.delivery.frame
    const refusal = isOwn(error)
      ? error
      : bridgeError('SM_BRIDGE_REFUSED', `"${this.name}" does not take ${header.type}: ${describeThrown(error)}`)
    tally.add('rejected')
    tally.tell('warn', header, 'A bridge gives a message up', { error: refusal, transport: this.name })
    passing.delivery.reject({ code: refusal.code, message: refusal.message })
    return this.#answer(passing, error)
  }

  /** Who asks an agent is told. Who asks everybody may get an answer elsewhere. */
  #answer({ delivery, address }: Passing, error: unknown): undefined {
    const { answer, unanswered } = this.#deps
    unanswered?.(delivery.frame.header)
    if (address.kind === 'inbox') answer?.(delivery.frame.header, error)
    return undefined
  }
}

/** What the other side needs. */
export interface OtherSideDeps {
  readonly to: Transport
  /** What is counted when a message is there. */
  readonly counter: 'forwarded' | 'returned'
  readonly tally: BridgeTally
  /** Aborts when nothing is carried any more: what is under way goes back. */
  readonly ended: AbortSignal
  /** What must be done there before a message goes there: opening the inbox for its reply. */
  readonly beforehand?: ((header: Header) => MaybePromise<void>) | undefined
  /** No reply to the message will come by this bridge. */
  readonly unanswered?: ((header: Header) => void) | undefined
  /** Tells whoever asked an agent, by way of this bridge, that the request did not cross. */
  readonly answer?: ((header: Header, error: unknown) => void) | undefined
}
