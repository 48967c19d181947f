import type { Delivery, Transport } from '@sm/core/transport'
import { onTheWay, override } from '../override.ts'
import { type Mutant, shared, targetOf } from './mutant.ts'

/** Hands over what arrives within a turn the other way round, if `when` says so. */
function reversing(inner: Transport, when: (batch: readonly Delivery[], group: string, target: string) => boolean) {
  return onTheWay(inner, spec => {
    let batch: Delivery[] = []
    return (delivery, hand) => {
      batch.push(delivery)
      if (batch.length > 1) return
      setImmediate(() => {
        const arrived = batch
        batch = []
        if (when(arrived, spec.group, targetOf(spec))) arrived.reverse()
        for (const each of arrived) hand(each)
      })
    }
  })
}

const senders = (batch: readonly Delivery[]) => new Set(batch.map(({ frame }) => frame.header.from)).size
const firstOf = shared(() => new Map<string, string>())

export const order: readonly Mutant[] = [
  {
    name: 'hands over the last first',
    breaks: ['ORD-01', 'ORD-02', 'ORD-04', 'CORE-03'],
    mutate: inner => reversing(inner, () => true),
  },
  {
    name: 'loses the order where senders meet',
    breaks: ['ORD-02'],
    mutate: inner => reversing(inner, batch => senders(batch) > 1),
  },
  {
    name: 'keeps the order for the first group alone',
    breaks: ['ORD-04'],
    mutate(inner, context) {
      const first = firstOf(context)
      return reversing(inner, (_, group, target) => {
        if (!first.has(target)) first.set(target, group)
        return first.get(target) !== group
      })
    },
  },
  {
    name: 'says that it keeps keys together, and does not',
    breaks: ['ORD-05'],
    mutate: inner => override(inner, { capabilities: { ...inner.capabilities, keyAffinity: true } }),
  },
  {
    name: 'delivers one at-most-once frame in fifty twice',
    breaks: ['ORD-03'],
    mutate: inner =>
      onTheWay(inner, () => {
        let count = 0
        return (delivery, hand) => {
          hand(delivery)
          if (delivery.frame.header.delivery === 'at-most-once' && ++count % 50 === 0) hand(delivery)
        }
      }),
  },
]
