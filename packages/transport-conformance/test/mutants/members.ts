import type { Delivery, Transport, TransportContext } from '@sm/core/transport'
import { override } from '../override.ts'
import { shared, targetOf } from './mutant.ts'

type Hand = (delivery: Delivery) => void

/** The choice of the member of a group that gets a delivery. Members stand in the order of their subscribing. */
export type Deciding = (delivery: Delivery, members: readonly Hand[]) => void

interface Member {
  readonly transport: Transport
  readonly hand: Hand
}

/** Knows the members of each group, over all transports of a namespace, and has `decide` hand out what comes. */
export function members() {
  const groupsOf = shared(() => new Map<string, Set<Member>>())
  return (inner: Transport, context: TransportContext, decide: Deciding): Transport => {
    const groups = groupsOf(context)
    return override(inner, {
      subscribe(spec, onDelivery) {
        const key = `${targetOf(spec)} ${spec.group}`
        const group = groups.get(key) ?? new Set<Member>()
        const member = { transport: inner, hand: onDelivery }
        groups.set(key, group.add(member))
        const subscription = inner.subscribe(spec, delivery => {
          const there = [...group].filter(({ transport }) => transport.state === 'ready')
          decide(delivery, there.length > 0 ? there.map(({ hand }) => hand) : [onDelivery])
        })
        return {
          ready: subscription.ready,
          close(options) {
            group.delete(member)
            return subscription.close(options)
          },
        }
      },
    })
  }
}
