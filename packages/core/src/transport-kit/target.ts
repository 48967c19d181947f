import type { SubscriptionSpec, Target } from '../contract/index.ts'
import { type Address, formatAgentRef, matchesPattern } from '../message/index.ts'

/** Whether a frame for `address` is for subscriptions to `target`. */
export function matchesTarget(target: Target, address: Address): boolean {
  if (target.kind === 'pattern') return address.kind === 'topic' && matchesPattern(target.pattern, address.topic)
  return address.kind === 'inbox' && target.agent === address.agent && target.instance === address.instance
}

/** One text for each pair of target and group, by which its members find each other. It reads well in errors and logs. */
export function groupKey({ target, group }: Pick<SubscriptionSpec, 'target' | 'group'>): string {
  return target.kind === 'pattern' ? `#${target.pattern} ${group}` : `${formatAgentRef(target)} ${group}`
}
