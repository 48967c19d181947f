import type { SubscriptionSpec, Transport, TransportContext } from '@sm/core/transport'

/** A transport with one fault, made from one that has none. */
export interface Mutant {
  /** The fault, in a few words. */
  readonly name: string
  /** Every rule that breaks by it, and no other. Most break one. */
  readonly breaks: readonly string[]
  /** The transport that it is made from. Default: memory. */
  readonly base?: 'memory' | 'wired' | 'humble' | 'publishOnly'
  /** Changes the context before the transport is made. */
  readonly context?: (context: TransportContext) => TransportContext
  /** Puts the fault in. */
  mutate(transport: Transport, context: TransportContext): Transport
}

/** The state that mutants of one namespace share, so that a fault can span transports: made when first asked for. */
export function shared<T>(make: () => T): (context: TransportContext) => T {
  const known = new Map<string, T>()
  return ({ namespace }) => {
    const here = known.get(namespace) ?? make()
    known.set(namespace, here)
    return here
  }
}

/** A text for what a subscription is to. */
export const targetOf = ({ target }: SubscriptionSpec): string => JSON.stringify(target)
