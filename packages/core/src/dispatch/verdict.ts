import { type BackoffOptions, backoffMs, type Random } from '../kernel/index.ts'
import type { Delivery, RejectReason } from '../transport/index.ts'
import type { Job } from './job.ts'

/** What becomes of a delivery. */
export type Verdict =
  | { readonly kind: 'ack' }
  | { readonly kind: 'nack'; readonly delayMs: number }
  | { readonly kind: 'reject'; readonly reason: RejectReason }
  /** No handler of this process takes the version; a reject unless another handler took the message. */
  | { readonly kind: 'unaccepted'; readonly reason: RejectReason }

export const acked: Verdict = { kind: 'ack' }

/** How often and when a failed message is tried again. */
export interface RetryOptions {
  /** Tries altogether, 1 or more. After the last the message is rejected. Default 5. */
  readonly maxAttempts: number
  readonly backoff: BackoffOptions
}

/** What becomes of a message whose handling failed. An at-most-once message is not tried again: that is its promise. */
export function judgeFailure(job: Job, error: Failure, retry: RetryOptions, random: Random): Verdict {
  if (job.header.delivery === 'at-most-once') return acked
  if (!error.retryable || job.attempt >= retry.maxAttempts) {
    return { kind: 'reject', reason: { code: error.code, message: error.message } }
  }
  return { kind: 'nack', delayMs: backoffMs(retry.backoff, job.attempt, random) }
}

/** The part of an error that a verdict rests on. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
}

const severity = { ack: 0, unaccepted: 1, reject: 2, nack: 3 } as const

/**
 * One verdict for several handlers of one delivery. Who failed and may try again decides, since those who are done
 * will know a redelivery as a duplicate; a handler that does not take the version stands back behind one that does.
 */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  const accepted = verdicts.some(verdict => verdict.kind !== 'unaccepted')
  let merged: Verdict = accepted ? acked : (verdicts[0] ?? acked)
  for (const verdict of verdicts) {
    if (verdict.kind === 'unaccepted') continue
    if (severity[verdict.kind] > severity[merged.kind]) merged = verdict
    else if (verdict.kind === 'nack' && merged.kind === 'nack' && verdict.delayMs > merged.delayMs) merged = verdict
  }
  return merged
}

/** Settles a delivery by a verdict. An at-most-once frame is always acked: there is nothing to hand back. */
export function settle(delivery: Delivery, verdict: Verdict): void {
  if (verdict.kind === 'ack' || delivery.frame.header.delivery === 'at-most-once') delivery.ack()
  else if (verdict.kind === 'nack') delivery.nack({ delayMs: verdict.delayMs })
  else delivery.reject(verdict.reason)
}
