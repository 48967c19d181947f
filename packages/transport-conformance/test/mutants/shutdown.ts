import type { CloseOptions, Delivery, Transport, TransportSubscription } from '@sm/core/transport'
import { changed, onTheWay, override } from '../override.ts'
import { type Mutant, shared } from './mutant.ts'

interface Counts {
  delivered: number
  settled: number
}

type Close = (subscription: TransportSubscription, options: CloseOptions, counts: Readonly<Counts>) => Promise<void>

/** Closes subscriptions in another way. */
function closing(inner: Transport, close: Close): Transport {
  return override(inner, {
    subscribe(spec, onDelivery) {
      const counts: Counts = { delivered: 0, settled: 0 }
      const subscription = inner.subscribe(spec, delivery => {
        counts.delivered += 1
        const ack = () => {
          counts.settled += 1
          delivery.ack()
        }
        onDelivery(changed(delivery, { ack }))
      })
      return { ready: subscription.ready, close: (options = {}) => close(subscription, options, counts) }
    },
  })
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

const lateAcks = shared(() => new Set<string>())

export const shutdown: readonly Mutant[] = [
  {
    name: 'does not wait for its drain',
    breaks: ['SHUT-01'],
    mutate: inner =>
      closing(inner, async (subscription, options) => {
        void subscription.close(options)
      }),
  },
  {
    name: 'stops without the drain that was asked for',
    breaks: ['SHUT-01', 'SHUT-03'],
    mutate: inner => override(inner, { stop: () => inner.stop({ drain: false }) }),
  },
  {
    name: 'takes on new frames while it drains',
    breaks: ['SHUT-02'],
    mutate: inner =>
      closing(inner, async (subscription, options, counts) => {
        const busy = () => counts.settled < counts.delivered && inner.state === 'ready'
        while (options.drain && busy() && !options.signal?.aborted) await turn()
        await subscription.close(options)
      }),
  },
  {
    name: 'drops what had not been handed out when it drains',
    breaks: ['SHUT-03'],
    mutate: inner =>
      closing(inner, async (subscription, options, counts) => {
        if (!options.drain) return subscription.close(options)
        const done = new AbortController()
        const held = counts.delivered
        const closed = subscription.close({ drain: true, signal: done.signal })
        while (counts.settled < held && inner.state === 'ready' && !options.signal?.aborted) await turn()
        done.abort()
        await closed
      }),
  },
  {
    name: 'hears the settling of what it has handed back',
    breaks: ['SHUT-04'],
    mutate(inner, context) {
      const late = lateAcks(context)
      return override(inner, {
        subscribe(spec, onDelivery) {
          let closed = false
          const subscription = inner.subscribe(spec, delivery => {
            const { id } = delivery.frame.header
            if (late.has(id)) return delivery.ack()
            const ack = () => {
              if (closed || inner.state === 'stopped') late.add(id)
              delivery.ack()
            }
            onDelivery(changed(delivery, { ack }))
          })
          return {
            ready: subscription.ready,
            async close(options) {
              await subscription.close(options)
              closed = true
            },
          }
        },
      })
    },
  },
  {
    name: 'drains on although its signal has aborted',
    breaks: ['SHUT-05'],
    mutate: inner =>
      override(
        closing(inner, (subscription, { drain = false }) => subscription.close({ drain })),
        {
          stop: ({ drain = false } = {}) => inner.stop({ drain }),
        },
      ),
  },
  {
    name: 'delivers after the stop',
    breaks: ['SHUT-06'],
    mutate: inner =>
      onTheWay(inner, () => (delivery: Delivery, hand) => {
        const ack = () => {
          if (inner.state === 'stopped') hand(delivery)
          delivery.ack()
        }
        hand(changed(delivery, { ack }))
      }),
  },
]
