import { isPromise, isSmError, type TransportReceipt } from '@sm/core/transport'
import { changed, onTheWay, override } from '../override.ts'
import { type Mutant, shared } from './mutant.ts'

const soonAccepted = () =>
  new Promise<TransportReceipt>(resolve => setTimeout(() => resolve({ evidence: 'accepted', copies: 1 }), 5))

const lateOf = shared(() => [] as (() => void)[])

export const flow: readonly Mutant[] = [
  {
    name: 'hands out one more than its prefetch',
    breaks: ['FLOW-01', 'FLOW-02'],
    mutate: inner =>
      override(inner, {
        subscribe: (spec, ...rest) => inner.subscribe({ ...spec, prefetch: spec.prefetch + 1 }, ...rest),
      }),
  },
  {
    name: 'drops what finds no room',
    breaks: ['FLOW-02', 'FLOW-03', 'ORD-01', 'ORD-02', 'ORD-03', 'ORD-04', 'REQ-02', 'FLOW-07', 'FLOW-08'],
    mutate: inner =>
      override(inner, {
        publish(frame, address) {
          const drop = new AbortController()
          const receipt = inner.publish(frame, address, { signal: drop.signal })
          if (!isPromise(receipt)) return receipt
          drop.abort()
          return receipt.catch(() => ({ evidence: 'accepted' }))
        },
      }),
  },
  {
    name: 'takes more than its queue holds',
    breaks: ['FLOW-07', 'FLOW-08'],
    mutate: inner =>
      override(inner, {
        publish(...given) {
          const receipt = inner.publish(...given)
          return isPromise(receipt) ? Promise.race([receipt, soonAccepted()]) : receipt
        },
      }),
  },
  {
    name: 'delivers what was recalled',
    breaks: ['FLOW-08'],
    mutate: inner =>
      override(inner, {
        publish(frame, address, options) {
          const receipt = inner.publish(frame, address, options)
          if (!isPromise(receipt)) return receipt
          return receipt.catch(error => {
            if (isSmError(error) && error.code === 'SM_PUBLISH_RECALLED') void inner.publish(frame, address)
            throw error
          })
        },
      }),
  },
  {
    name: 'takes back what nobody has chosen',
    breaks: ['FLOW-08'],
    mutate: inner => override(inner, { recall: () => inner.recall?.((_frame, mayHaveLeft) => !mayHaveLeft) }),
  },
  {
    name: 'ignores the signal of a publish',
    breaks: ['FLOW-03'],
    mutate: inner => override(inner, { publish: (frame, address) => inner.publish(frame, address) }),
  },
  {
    name: 'has one full consumer hold up those of other groups',
    breaks: ['FLOW-04'],
    mutate(inner) {
      const full = new Map<string, number>()
      const waiting: (() => void)[] = []
      return onTheWay(inner, ({ group, prefetch }) => (delivery, hand) => {
        const open = () => {
          full.set(group, (full.get(group) ?? 0) + 1)
          const settled = (how: () => void) => () => {
            full.set(group, (full.get(group) ?? 0) - 1)
            how()
            for (const next of waiting.splice(0)) next()
          }
          hand(
            changed(delivery, {
              ack: settled(() => delivery.ack()),
              nack: options => settled(() => delivery.nack(options))(),
              reject: reason => settled(() => delivery.reject(reason))(),
            }),
          )
        }
        const pass = () => {
          const elsewhere = [...full].some(([name, held]) => name !== group && held > 0)
          if (elsewhere && prefetch > 1) waiting.push(pass)
          else open()
        }
        pass()
      })
    },
  },
  {
    name: 'makes room after a reject only with the next publish',
    breaks: ['FLOW-05', 'ACK-11'],
    mutate(inner, context) {
      const late = lateOf(context)
      const flush = () => {
        for (const settle of late.splice(0)) settle()
      }
      const slow = onTheWay(inner, () => (delivery, hand) => {
        let rejected = false
        hand(
          changed(delivery, {
            ack: () => !rejected && delivery.ack(),
            nack: options => !rejected && delivery.nack(options),
            reject(reason) {
              rejected = true
              late.push(() => delivery.reject(reason))
            },
          }),
        )
      })
      return override(slow, {
        publish(...given) {
          flush()
          return inner.publish(...given)
        },
        stop(options) {
          flush()
          return inner.stop(options)
        },
      })
    },
  },
  {
    name: 'remembers every subscription for ever',
    breaks: ['FLOW-06'],
    mutate(inner) {
      let subscriptions = 0
      return override(inner, {
        subscribe(...given) {
          subscriptions += 1
          return inner.subscribe(...given)
        },
        async health() {
          const health = await inner.health()
          return { ...health, details: { ...health.details, subscriptions } }
        },
      })
    },
  },
]
