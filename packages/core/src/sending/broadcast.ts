import type { Evidence, TransportReceipt } from '../contract/index.ts'
import { isSmError } from '../errors/index.ts'
import type { Frame } from '../message/index.ts'
import { publishOutcome, toOutcomeUnknown } from '../transport-kit/index.ts'
import { partly } from './partly.ts'
import type { Sending } from './sending.ts'
import type { Way } from './ways.ts'

const evidenceOrder: readonly Evidence[] = ['none', 'sent', 'accepted', 'persisted', 'handled']

/**
 * Publishes on each wire that reaches a subscriber. One that fails does not keep the others from it, but the publish has failed.
 */
export async function broadcast(
  { plan: { address }, wires, names }: Way,
  frame: Frame,
  sending: Sending,
): Promise<TransportReceipt> {
  const results = await Promise.allSettled(
    wires.map(async ({ transport }) => transport.publish(frame, address, sending)),
  )
  const failures = results.filter(result => result.status === 'rejected').map(({ reason }) => reason as unknown)
  if (failures.length > 0) {
    const taken = names.filter((_, i) => results[i]?.status === 'fulfilled')
    throw failureOf(failures, taken, sending.hasEnded)
  }
  return summarize(results.map(result => (result as PromiseFulfilledResult<TransportReceipt>).value))
}

/** The first failure, with what is known of all: someone may have got what one wire has taken, or may have. */
function failureOf(failures: readonly unknown[], taken: readonly string[], hasEnded: boolean): unknown {
  const [first] = failures
  // Who gives up is told so by their own reason.
  if (hasEnded && !isSmError(first)) return first
  if (taken.length > 0) return partly(first, taken)
  return failures.some(error => publishOutcome(error) === 'unknown') ? toOutcomeUnknown(first) : first
}

/** The least that is known of all copies. */
function summarize(receipts: readonly TransportReceipt[]): TransportReceipt {
  let copies: number | undefined = 0
  let evidence: Evidence = 'handled'
  for (const receipt of receipts) {
    copies = copies === undefined || receipt.copies === undefined ? undefined : copies + receipt.copies
    if (evidenceOrder.indexOf(receipt.evidence) < evidenceOrder.indexOf(evidence)) evidence = receipt.evidence
  }
  return { evidence, copies }
}
