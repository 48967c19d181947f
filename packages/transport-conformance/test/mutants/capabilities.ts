import type { Capabilities } from '@sm/core/transport'
import { override } from '../override.ts'
import type { Mutant } from './mutant.ts'

export const capabilities: readonly Mutant[] = [
  {
    name: 'leaves a capability out',
    breaks: ['CAP-01', 'ACK-10', 'ACK-11'],
    mutate(inner) {
      const { deadLetters, ...rest } = inner.capabilities
      return override(inner, { capabilities: rest as Capabilities })
    },
  },
  {
    name: 'changes its capabilities with use',
    breaks: ['CAP-01'],
    mutate(inner) {
      let expiry = false
      return override(inner, {
        get capabilities() {
          return { ...inner.capabilities, expiry }
        },
        publish(...given) {
          expiry = true
          return inner.publish(...given)
        },
      })
    },
  },
  {
    name: 'takes at-least-once frames, and weakens them',
    base: 'humble',
    // In every rule that needs at-least-once, what must hold instead is that it is refused.
    breaks: [
      ...[
        'CAP-02',
        'DEL-16',
        'ACK-01',
        'ACK-02',
        'ACK-03',
        'ACK-04',
        'ACK-05',
        'ACK-06',
        'ACK-07',
        'ACK-08',
        'ACK-10',
        'ACK-11',
        'FLOW-07',
        'FLOW-08',
        'FLT-06',
        'FLT-07',
        'CORE-02',
        'CORE-04',
      ],
      ...['FLOW-02', 'FLOW-03', 'FLOW-05', 'FLT-01', 'SHUT-03', 'SHUT-04'],
    ],
    mutate: inner =>
      override(inner, {
        publish: ({ header, body }, ...rest) =>
          inner.publish({ header: { ...header, delivery: 'at-most-once' }, body }, ...rest),
      }),
  },
  {
    name: 'takes a durable subscription, and forgets that it is',
    breaks: ['CAP-03'],
    mutate: inner =>
      override(inner, { subscribe: (spec, ...rest) => inner.subscribe({ ...spec, durable: false }, ...rest) }),
  },
  {
    name: 'loses what it promised to keep',
    base: 'wired',
    breaks: ['CAP-03'],
    mutate: inner =>
      override(inner, { subscribe: (spec, ...rest) => inner.subscribe({ ...spec, durable: false }, ...rest) }),
  },
  {
    name: 'claims more evidence than it has',
    breaks: ['CAP-04'],
    mutate: inner =>
      override(inner, { publish: async (...given) => ({ ...(await inner.publish(...given)), evidence: 'handled' }) }),
  },
]
