import type { Delivery, RejectReason } from '../contract/index.ts'
import { backoffMs, type Random } from '../kernel/index.ts'
import type { RetryOptions } from '../settings/index.ts'
import type { Job } from './job.ts'

/** The end of a delivery. */
export type Verdict =
  | { readonly kind: 'ack' }
  /** `begun` is false when no handler began: then it was no try. */
  | { readonly kind: 'nack'; readonly delayMs: number; readonly begun?: boolean }
  | { readonly kind: 'reject'; readonly reason: RejectReason }
  /** No handler of this process takes the version; a reject unless another handler took the message. */
  | { readonly kind: 'unaccepted'; readonly reason: RejectReason }
  /** Not for this handler; an ack unless another handler has more to say. */
  | { readonly kind: 'ignored' }

export const acked: Verdict = { kind: 'ack' }

export const ignored: Verdict = { kind: 'ignored' }

/** Not handled, through no fault of the message: it goes to another at once. */
export const handedBack: Verdict = { kind: 'nack', delayMs: 0, begun: false }

/** Returns the end of a message whose handling failed. An at-most-once message is not tried again: that is its promise. */
export function judgeFailure(job: Job, error: Failure, retry: RetryOptions, random: Random): Verdict {
  if (job.header.delivery === 'at-most-once') return acked
  if (isFinal(job, error, retry)) return { kind: 'reject', reason: toReason(error) }
  return { kind: 'nack', delayMs: backoffMs(retry.backoff, job.attempt, random) }
}

/** Whether a failure is the last word on a message for one handler. */
export function isFinal(job: Job, error: Failure, retry: RetryOptions): boolean {
  return !error.retryable || job.attempt >= retry.maxAttempts
}

/** Longest text of a reason: it is remembered, and travels in headers. */
const maxReasonLength = 1_000

/** The part of an error that is kept beside a message that was given up. */
export function toReason({ code, message }: Pick<Failure, 'code' | 'message'>): RejectReason {
  return { code, message: message.slice(0, maxReasonLength) }
}

/** The part of an error that a verdict rests on. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
}

const weight = { ignored: 0, unaccepted: 1, ack: 2, reject: 3, nack: 4 } as const

/**
 * Returns one verdict for several handlers of one delivery. A handler that failed and may try again decides, since the others
 * will know a redelivery as a duplicate; a handler that does not take the version stands back behind one that does.
 */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  let merged: Verdict = ignored
  for (const verdict of verdicts) {
    if (weight[verdict.kind] > weight[merged.kind]) merged = verdict
    else if (verdict.kind === 'nack' && merged.kind === 'nack' && verdict.delayMs > merged.delayMs) merged = verdict
  }
  return merged
}

/** Settles a delivery by a verdict. An at-most-once frame is always acked: there is nothing to hand back. */
export function settle(delivery: Delivery, verdict: Verdict): void {
  const { kind } = verdict
  if (kind === 'ack' || kind === 'ignored' || delivery.frame.header.delivery === 'at-most-once') delivery.ack()
  else if (kind === 'nack')
    delivery.nack({ delayMs: verdict.delayMs, ...(verdict.begun === false && { begun: false }) })
  else delivery.reject(verdict.reason)
}
