import type { Capabilities, SubscriptionSpec } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { type DeliveryLevel, isWildcard, type MessageNeed } from '../message/index.ts'

/** The demands of a message, from its definition and its delivery level. */
export interface Demands {
  readonly delivery: DeliveryLevel
  readonly needs: readonly MessageNeed[]
}

/** The first demand that the capabilities do not meet, in words; undefined when all are met. */
export function unmetDemand(demands: Demands, capabilities: Capabilities): string | undefined {
  if (capabilities.delivery[demands.delivery] === undefined) return `it does not deliver ${demands.delivery}`
  for (const need of demands.needs) if (!capabilities[need]) return `it is not ${need}`
  return undefined
}

/** The demands of a subscription. */
export interface SubscriptionDemands {
  readonly durable?: boolean
  readonly wildcard?: boolean
}

/** Returns the demands of a subscription on its transport. */
export function demandsOf({ target, durable }: SubscriptionSpec): SubscriptionDemands {
  return { durable, wildcard: target.kind === 'pattern' && isWildcard(target.pattern) }
}

/** Throws `SM_CAPABILITY_MISSING`, naming both sides, unless the transport can serve such a subscription. */
export function requireSubscribable(transport: string, capabilities: Capabilities, demands: SubscriptionDemands): void {
  const lack = capabilities.publishOnly
    ? 'it only publishes'
    : demands.durable && !capabilities.durable
      ? 'the subscription is durable and it is not'
      : demands.wildcard && !capabilities.wildcards
        ? 'the subscription has a wildcard and it takes none'
        : undefined
  if (lack) {
    throw smError('SM_CAPABILITY_MISSING', `The transport "${transport}" cannot serve the subscription: ${lack}`, {
      details: { transport },
    })
  }
}
