import type {
  Address,
  Delivery,
  Frame,
  SignalOptions,
  SubscriptionSpec,
  Transport,
  TransportContext,
  TransportReceipt,
  TransportSubscription,
} from '@sm/core/transport'
import type { Wire } from '../src/wire.ts'

type Publish = (frame: Frame, address: Address, options?: SignalOptions) => Promise<TransportReceipt>
type OnDelivery = (delivery: Delivery) => void

/** What a transport does wrong. */
export interface Misbehaviour {
  publish?(publish: Publish, transport: Transport): Publish
  onDelivery?(onDelivery: OnDelivery, context: TransportContext): OnDelivery
  readonly acksOnClose?: boolean
}

/** A subscription that acks whatever it has when it is closed. */
function ackingOnClose(transport: Transport, spec: SubscriptionSpec, take: OnDelivery): TransportSubscription {
  const held = new Set<Delivery>()
  const subscription = transport.subscribe(spec, delivery => {
    held.add(delivery)
    take(delivery)
  })
  return {
    ready: subscription.ready,
    close(options) {
      for (const delivery of held) delivery.ack()
      return subscription.close(options)
    },
  }
}

/** The same wire, whose transports do something wrong. */
export function misbehaving(wire: Wire, { publish, onDelivery, acksOnClose }: Misbehaviour): Wire {
  const wrap = (transport: Transport, context: TransportContext): Transport =>
    new Proxy(transport, {
      get(target, name) {
        if (name === 'publish' && publish)
          return publish(async (frame, address, options) => target.publish(frame, address, options), target)
        if (name === 'subscribe' && onDelivery)
          return (spec: SubscriptionSpec, take: OnDelivery) => target.subscribe(spec, onDelivery(take, context))
        if (name === 'subscribe' && acksOnClose)
          return (spec: SubscriptionSpec, take: OnDelivery) => ackingOnClose(target, spec, take)
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return {
    open(world) {
      const open = wire.open(world)
      return {
        ...open,
        choice(process) {
          const { definition, options } = open.choice(process)
          return {
            options,
            definition: { ...definition, create: (given, context) => wrap(definition.create(given, context), context) },
          }
        },
      }
    },
  }
}
