import type { Delivery, Frame, SubscriptionSpec, Transport } from '@sm/core/transport'

/** The same transport, but for what `change` has. */
export function override(inner: Transport, change: Partial<Transport>): Transport {
  return new Proxy(inner, {
    get(target, key) {
      const source = key in change ? change : target
      const value: unknown = Reflect.get(source, key, source)
      return typeof value === 'function' ? value.bind(source) : value
    },
  })
}

/** The same frame, as a wire would bring it: a reply to it is a message, and not handed over within the process. */
export function fromWire({ header, body }: Frame): Frame {
  return { header, body }
}

/** The same delivery, but for what `change` has. */
export function changed(delivery: Delivery, change: Partial<Delivery>): Delivery {
  return {
    frame: delivery.frame,
    attempt: delivery.attempt,
    ack: () => delivery.ack(),
    nack: options => delivery.nack(options),
    reject: reason => delivery.reject(reason),
    ...change,
  }
}

/** Takes a delivery of the inner transport and hands on what the consumer gets, if anything. */
export type Passing = (delivery: Delivery, hand: (delivery: Delivery) => void) => void

/** The same transport, but for what its deliveries go through. `begin` is called once per subscription. */
export function onTheWay(inner: Transport, begin: (spec: SubscriptionSpec) => Passing): Transport {
  return override(inner, {
    subscribe(spec, onDelivery) {
      const pass = begin(spec)
      return inner.subscribe(spec, delivery => pass(delivery, onDelivery))
    },
  })
}
