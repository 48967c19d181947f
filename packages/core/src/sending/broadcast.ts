import type { Evidence, TransportReceipt } from '../contract/index.ts'
import type { Frame } from '../message/index.ts'
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
  const failure = results.find(result => result.status === 'rejected')
  if (failure) {
    const taken = names.filter((_, i) => results[i]?.status === 'fulfilled')
    throw taken.length === 0 ? failure.reason : partly(failure.reason, taken)
  }
  return summarize(results.map(result => (result as PromiseFulfilledResult<TransportReceipt>).value))
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
