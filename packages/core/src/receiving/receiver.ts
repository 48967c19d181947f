import type { Delivery, Transport } from '../contract/index.ts'
import { type Clock, isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Header } from '../message/index.ts'
import type { DeliveryReports } from './delivery-reports.ts'
import { Job } from './job.ts'
import type { Subscriber } from './subscriber.ts'
import type { UnhandledMessages } from './unhandled.ts'
import { mergeVerdicts, settle, type Verdict } from './verdict.ts'

/** Hands each delivery of one feed to its handlers, and settles it when all of them have concluded. */
export function createReceiver(
  { clock, reports, unhandled }: ReceiverDeps,
  transport: Transport,
  subscribersFor: (header: Header) => readonly Subscriber[],
): (delivery: Delivery) => void {
  const finish = (delivery: Delivery, verdict: Verdict) => {
    settle(delivery, verdict)
    reports.settled(delivery, transport, verdict)
  }

  // A fault of ours (a deduplication store that is down, say), not of the handler: the message is handed back.
  const fault = (delivery: Delivery, cause: unknown) => {
    reports.dispatchFailed(delivery, cause)
    finish(delivery, { kind: 'nack', delayMs: 1_000, begun: false })
  }

  const judge = (delivery: Delivery): MaybePromise<Verdict> => {
    const subscribers = subscribersFor(delivery.frame.header)
    const first = subscribers[0]
    if (!first) return unhandled.judge(new Job(delivery, transport, clock))
    if (subscribers.length === 1) return first.handle(new Job(delivery, transport, clock))
    const verdicts = subscribers.map(subscriber => subscriber.handle(new Job(delivery, transport, clock)))
    return verdicts.some(isPromise) ? Promise.all(verdicts).then(mergeVerdicts) : mergeVerdicts(verdicts as Verdict[])
  }

  return delivery => {
    reports.received(delivery, transport)
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

/** Dependencies of a receiver. */
export interface ReceiverDeps {
  readonly clock: Clock
  readonly reports: Pick<DeliveryReports, 'received' | 'settled' | 'dispatchFailed'>
  /** Says what becomes of a message that nobody handles. */
  readonly unhandled: Pick<UnhandledMessages, 'judge'>
}
