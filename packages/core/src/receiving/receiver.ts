import type { Delivery, Transport } from '../contract/index.ts'
import { type Clock, isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Header } from '../message/index.ts'
import { Job } from './job.ts'
import type { Subscriber } from './subscriber.ts'
import { mergeVerdicts, settle, type Verdict } from './verdict.ts'

/** What a receiver needs of the agent that it belongs to. */
export interface ReceiverHost {
  readonly clock: Clock
  /** Who handles a message that came this way. */
  subscribersFor(header: Header): readonly Subscriber[]
  /** A delivery has come in. */
  received(delivery: Delivery, transport: Transport): void
  /** Nobody handles it: says what becomes of it. */
  unhandled(job: Job): MaybePromise<Verdict>
  /** Dispatching itself failed. */
  failed(delivery: Delivery, error: unknown): void
  /** It has been settled. */
  settled(delivery: Delivery, transport: Transport, verdict: Verdict): void
}

/** Hands each delivery of one feed to its handlers, and settles it when all of them have concluded. */
export function createReceiver(host: ReceiverHost, transport: Transport): (delivery: Delivery) => void {
  const { clock } = host
  const finish = (delivery: Delivery, verdict: Verdict) => {
    settle(delivery, verdict)
    host.settled(delivery, transport, verdict)
  }

  // A fault of ours (a deduplication store that is down, say), not of the handler: the message is handed back.
  const fault = (delivery: Delivery, cause: unknown) => {
    host.failed(delivery, cause)
    finish(delivery, { kind: 'nack', delayMs: 1_000, begun: false })
  }

  const judge = (delivery: Delivery): MaybePromise<Verdict> => {
    const subscribers = host.subscribersFor(delivery.frame.header)
    const first = subscribers[0]
    if (!first) return host.unhandled(new Job(delivery, transport, clock))
    if (subscribers.length === 1) return first.handle(new Job(delivery, transport, clock))
    const verdicts = subscribers.map(subscriber => subscriber.handle(new Job(delivery, transport, clock)))
    return verdicts.some(isPromise) ? Promise.all(verdicts).then(mergeVerdicts) : mergeVerdicts(verdicts as Verdict[])
  }

  return delivery => {
    host.received(delivery, transport)
    let verdict: MaybePromise<Verdict>
    try {
      verdict = judge(delivery)
    } catch (cause) {
      return fault(delivery, cause)
    }
    if (!isPromise(verdict)) return finish(delivery, verdict)
    verdict.then(
      settled => finish(delivery, settled),
      cause => fault(delivery, cause),
    )
  }
}
