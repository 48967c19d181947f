import type { DeadLetter, Delivery, Frame, RejectReason } from '@sm/core/transport'
import { changed, onTheWay, override } from '../override.ts'
import { type Mutant, shared } from './mutant.ts'

type Settle = () => void

const lettersOf = shared(() => [] as DeadLetter[])

export const acknowledgement: readonly Mutant[] = [
  {
    name: 'acks what was rejected',
    breaks: ['ACK-10', 'ACK-11'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => hand(changed(delivery, { reject: () => delivery.ack() }))),
  },
  {
    name: 'forgets why a frame was rejected',
    breaks: ['ACK-10'],
    mutate: inner =>
      override(inner, {
        deadLetters: () =>
          (inner.deadLetters?.() ?? []).map(({ frame }) => ({ frame, reason: { code: 'SM_UNKNOWN', message: '' } })),
      }),
  },
  {
    name: 'keeps every dead letter for ever',
    breaks: ['ACK-11'],
    mutate(inner, context) {
      const letters = lettersOf(context)
      const keeping = onTheWay(inner, () => (delivery, hand) => {
        const reject = (reason: RejectReason) => {
          if (delivery.frame.header.delivery === 'at-least-once') letters.push({ frame: delivery.frame, reason })
          delivery.reject(reason)
        }
        hand(changed(delivery, { reject }))
      })
      return override(keeping, { deadLetters: () => letters })
    },
  },
  {
    name: 'delivers again what was acked, once its consumer has gone',
    breaks: ['ACK-01', 'ACK-04', 'ACK-08'],
    mutate(inner) {
      let last: Frame | undefined
      const remembering = onTheWay(inner, ({ target }) => (delivery, hand) => {
        const ack = () => {
          const { frame } = delivery
          if (target.kind === 'pattern' && frame.header.delivery === 'at-least-once') last ??= frame
          delivery.ack()
        }
        hand(changed(delivery, { ack }))
      })
      return override(remembering, {
        async stop(options) {
          if (last && inner.state === 'ready') await inner.publish(last, { kind: 'topic', topic: last.header.type })
          await inner.stop(options)
        },
      })
    },
  },
  {
    name: 'drops what was nacked',
    breaks: ['ACK-02', 'ACK-03', 'ACK-04', 'ACK-06', 'ACK-07', 'SHUT-04', 'CORE-04'],
    mutate: inner => onTheWay(inner, () => (delivery, hand) => hand(changed(delivery, { nack: () => delivery.ack() }))),
  },
  {
    name: 'loses extensions with a redelivery',
    breaks: ['ACK-02'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => {
        const { header, body } = delivery.frame
        const bare = { header: { ...header, extensions: undefined }, body }
        hand(delivery.attempt > 1 ? changed(delivery, { frame: bare }) : delivery)
      }),
  },
  {
    name: 'does not count attempts',
    breaks: ['ACK-03', 'CORE-04'],
    mutate: inner => onTheWay(inner, () => (delivery, hand) => hand(changed(delivery, { attempt: 1 }))),
  },
  {
    name: 'lets the second settlement win',
    breaks: ['ACK-04'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => {
        let last: Settle = () => {}
        const settle = (how: Settle) => {
          last = how
          queueMicrotask(() => last())
        }
        hand(
          changed(delivery, {
            ack: () => settle(() => delivery.ack()),
            nack: options => settle(() => delivery.nack(options)),
            reject: reason => settle(() => delivery.reject(reason)),
          }),
        )
      }),
  },
  {
    name: 'acks what a consumer held when it went away',
    breaks: ['ACK-05', 'SHUT-04'],
    mutate(inner) {
      const held = new Set<Delivery>()
      const holding = onTheWay(inner, () => (delivery, hand) => {
        held.add(delivery)
        hand(delivery)
      })
      const drop = () => {
        for (const delivery of held) delivery.ack()
      }
      return override(holding, {
        subscribe(...given) {
          const subscription = holding.subscribe(...given)
          return {
            ready: subscription.ready,
            close(options) {
              if (!options?.drain) drop()
              return subscription.close(options)
            },
          }
        },
        stop(options) {
          if (!options?.drain) drop()
          return inner.stop(options)
        },
      })
    },
  },
  {
    name: 'keeps nothing back that was to wait',
    breaks: ['ACK-06'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => hand(changed(delivery, { nack: () => delivery.nack() }))),
  },
  {
    name: 'tries a failed frame again before any other',
    breaks: ['ACK-07'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => {
        const again = (attempt: number) => {
          let settled = false
          const once = (how: Settle) => () => {
            if (!settled) how()
            settled = true
          }
          if (inner.state === 'stopped') return
          hand({
            frame: delivery.frame,
            attempt,
            ack: once(() => delivery.ack()),
            reject: reason => once(() => delivery.reject(reason))(),
            nack: options =>
              once(() => (options?.delayMs ? delivery.nack(options) : setImmediate(() => again(attempt + 1))))(),
          })
        }
        if (delivery.frame.header.delivery === 'at-most-once') hand(delivery)
        else again(delivery.attempt)
      }),
  },
  {
    name: 'takes a reject for a nack',
    breaks: ['ACK-04', 'ACK-08', 'ACK-10', 'ACK-11', 'CORE-04'],
    mutate: inner =>
      onTheWay(inner, () => (delivery, hand) => hand(changed(delivery, { reject: () => delivery.nack() }))),
  },
  {
    name: 'delivers at-most-once frames at least once',
    breaks: ['ACK-09'],
    mutate(inner) {
      const marked = override(inner, {
        publish({ header, body }, ...rest) {
          const extensions = { ...header.extensions, sent: header.delivery }
          return inner.publish({ header: { ...header, delivery: 'at-least-once', extensions }, body }, ...rest)
        },
      })
      return onTheWay(marked, () => (delivery, hand) => {
        const { header, body } = delivery.frame
        const { sent, ...extensions } = header.extensions ?? {}
        const restored = {
          ...header,
          delivery: sent as typeof header.delivery,
          extensions: Object.keys(extensions).length > 0 ? extensions : undefined,
        }
        hand(changed(delivery, { frame: { header: restored, body } }))
      })
    },
  },
]
