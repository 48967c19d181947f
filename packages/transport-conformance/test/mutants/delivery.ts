import {
  type Delivery,
  type Frame,
  type InboxAddress,
  isSmError,
  matchesPattern,
  type SubscriptionSpec,
  smError,
} from '@sm/core/transport'
import { fromWire, onTheWay, override } from '../override.ts'
import { members } from './members.ts'
import { type Mutant, shared, targetOf } from './mutant.ts'

/** Changes the pattern of each subscription to topics. */
const pattern = (change: (pattern: string) => string): Mutant['mutate'] => {
  const other = (spec: SubscriptionSpec): SubscriptionSpec =>
    spec.target.kind === 'pattern'
      ? { ...spec, target: { kind: 'pattern', pattern: change(spec.target.pattern) } }
      : spec
  return inner => override(inner, { subscribe: (spec, ...rest) => inner.subscribe(other(spec), ...rest) })
}

const inboxesOf = shared(() => new Map<string, InboxAddress>())
const groupsOf = shared(() => new Map<string, Set<string>>())
const seenBy = shared(() => new Set<string>())
const onceTwinsOf = shared(() => new Map<string, Set<(delivery: Delivery) => void>>())
const storyOf = shared(() => ({ last: new Map<string, Frame>(), groups: new Set<string>() }))
const sharers = members()
let loners = 0

/** A copy of each frame to an inbox goes to those that `reached` says, too. */
const leaky = (reached: (inbox: InboxAddress, other: InboxAddress) => boolean): Mutant['mutate'] => {
  return (inner, context) => {
    const inboxes = inboxesOf(context)
    return override(inner, {
      subscribe(spec, ...rest) {
        if (spec.target.kind === 'inbox') inboxes.set(targetOf(spec), spec.target)
        return inner.subscribe(spec, ...rest)
      },
      async publish(frame, address, options) {
        const receipt = await inner.publish(fromWire(frame), address, options)
        for (const other of inboxes.values()) {
          if (address.kind !== 'inbox' || !reached(address, other)) continue
          await Promise.resolve()
            .then(() => inner.publish(fromWire(frame), other))
            .catch(() => undefined)
        }
        return receipt
      },
    })
  }
}

export const delivery: readonly Mutant[] = [
  {
    name: "shows an agent's mail to every agent",
    breaks: ['DEL-01'],
    mutate: leaky((inbox, other) => !inbox.instance && !other.instance && inbox.agent !== other.agent),
  },
  {
    name: "shows an instance's mail to its twin",
    breaks: ['DEL-02', 'REQ-01'],
    mutate: leaky(
      (inbox, other) => inbox.agent === other.agent && !!inbox.instance && inbox.instance !== other.instance,
    ),
  },
  {
    name: 'serves no more than three groups of a topic',
    breaks: ['DEL-03'],
    mutate(inner, context) {
      const groups = groupsOf(context)
      return onTheWay(inner, ({ group, target }) => (given, hand) => {
        const { id } = given.frame.header
        const served = groups.get(id) ?? new Set<string>()
        groups.set(id, served)
        if (target.kind === 'pattern' && served.size === 3 && !served.has(group)) return given.ack()
        served.add(group)
        hand(given)
      })
    },
  },
  {
    name: 'gives every member of a group a copy',
    // Members that share nothing have nothing to hand on to each other either.
    breaks: ['DEL-04', 'ACK-05', 'SHUT-04', 'SHUT-05', 'ORD-05'],
    mutate: inner =>
      override(inner, {
        subscribe: (spec, ...rest) => inner.subscribe({ ...spec, group: `${spec.group}-${++loners}` }, ...rest),
      }),
  },
  {
    name: 'gives every member of a group a copy of what is sent at most once',
    // So each has more in hand than it has asked for.
    breaks: ['DEL-04', 'FLOW-01'],
    mutate(inner, context) {
      const twins = onceTwinsOf(context)
      return override(inner, {
        subscribe(spec, onDelivery) {
          const key = `${targetOf(spec)} ${spec.group}`
          const group = twins.get(key) ?? new Set<(delivery: Delivery) => void>()
          twins.set(key, group.add(onDelivery))
          return inner.subscribe(spec, delivery => {
            if (delivery.frame.header.delivery === 'at-least-once') onDelivery(delivery)
            else for (const member of group) member(delivery)
          })
        },
      })
    },
  },
  {
    name: 'lets a star stand for several segments in what is sent at most once',
    breaks: ['DEL-06'],
    mutate: inner =>
      override(inner, {
        subscribe(spec, onDelivery) {
          const { target } = spec
          if (target.kind !== 'pattern' || !target.pattern.includes('*')) return inner.subscribe(spec, onDelivery)
          const wide = { ...spec, target: { ...target, pattern: target.pattern.replaceAll('*', '#') } }
          return inner.subscribe(wide, delivery => {
            const { type, delivery: level } = delivery.frame.header
            if (level === 'at-most-once' || matchesPattern(target.pattern, type)) onDelivery(delivery)
            else delivery.ack()
          })
        },
      }),
  },
  {
    name: 'gives everything to the first member',
    breaks: ['DEL-05'],
    mutate: (inner, context) => sharers(inner, context, (given, [first]) => first?.(given)),
  },
  {
    name: 'lets a star stand for several segments',
    breaks: ['DEL-06'],
    mutate: pattern(text => text.replaceAll('*', '#')),
  },
  {
    name: 'lets a hash stand for one segment at least',
    breaks: ['DEL-07'],
    mutate: pattern(text => (text.includes('#.placed') ? text : text.replaceAll('#', '*.#'))),
  },
  {
    name: 'takes a topic for all below it',
    breaks: ['DEL-08'],
    mutate: pattern(text => (text.includes('#') ? text : `${text}.#`)),
  },
  {
    name: 'takes capitals for small letters',
    breaks: ['DEL-08'],
    mutate: inner =>
      override(inner, {
        publish: (frame, address, options) =>
          inner.publish(
            frame,
            address.kind === 'topic' ? { ...address, topic: address.topic.toLowerCase() } : address,
            options,
          ),
      }),
  },
  {
    name: 'leaks from one namespace into another',
    breaks: ['DEL-09'],
    context: context => ({ ...context, namespace: context.namespace.replace(/-other$/, '') }),
    mutate: inner => inner,
  },
  {
    name: 'tells a late group what it has missed',
    breaks: ['DEL-10'],
    mutate(inner, context) {
      const { last, groups } = storyOf(context)
      return override(inner, {
        publish(frame, address, options) {
          if (address.kind === 'topic') last.set(address.topic, frame)
          return inner.publish(frame, address, options)
        },
        subscribe(spec, onDelivery) {
          const subscription = inner.subscribe(spec, onDelivery)
          const missed = spec.target.kind === 'pattern' ? last.get(spec.target.pattern) : undefined
          const known = groups.has(`${targetOf(spec)} ${spec.group}`)
          groups.add(`${targetOf(spec)} ${spec.group}`)
          const settle = () => {}
          if (missed && !known) onDelivery({ frame: missed, attempt: 1, ack: settle, nack: settle, reject: settle })
          return subscription
        },
      })
    },
  },
  {
    name: 'takes a topic without subscribers for an error',
    // Where others listen to something else, nobody listens to this.
    breaks: ['DEL-11', 'CAP-02', 'CAP-04', 'DEL-06', 'DEL-07', 'DEL-08'],
    mutate: inner =>
      override(inner, {
        async publish(...given) {
          const receipt = await inner.publish(...given)
          if (receipt.evidence === 'none') throw smError('SM_ROUTE_NONE', 'Nobody is there')
          return receipt
        },
      }),
  },
  {
    name: 'drops a frame that has no way',
    breaks: ['DEL-12', 'PEER-02'],
    mutate: inner =>
      override(inner, {
        async publish(...given) {
          try {
            return await inner.publish(...given)
          } catch (error) {
            if (isSmError(error) && error.code === 'SM_ROUTE_NONE') return { evidence: 'none' }
            throw error
          }
        },
      }),
  },
  {
    name: 'copies only what goes to topics',
    base: 'publishOnly',
    breaks: ['DEL-12'],
    mutate: inner =>
      override(inner, {
        publish(frame, address, options) {
          if (address.kind === 'inbox' && inner.state === 'ready') return { evidence: 'none' }
          return inner.publish(frame, address, options)
        },
      }),
  },
  {
    name: 'tells of no new routes',
    breaks: ['DEL-13'],
    mutate: inner =>
      override(inner, { on: (name, listener) => (name === 'routes' ? () => {} : inner.on(name, listener)) }),
  },
  {
    name: 'gives a group one copy, whatever its patterns',
    breaks: ['DEL-14'],
    mutate(inner, context) {
      const seen = seenBy(context)
      return onTheWay(inner, ({ group }) => (given, hand) => {
        const key = `${group} ${given.frame.header.id}`
        if (given.attempt === 1 && seen.has(key)) return given.ack()
        seen.add(key)
        hand(given)
      })
    },
  },
  {
    name: 'goes on with a subscription that was closed',
    breaks: ['DEL-15', 'FLOW-06'],
    mutate: inner =>
      override(inner, {
        subscribe(spec, onDelivery) {
          const subscription = inner.subscribe(spec, onDelivery)
          return {
            ready: subscription.ready,
            async close(options) {
              await subscription.close(options)
              const revived = { ...spec, group: `${spec.group}-${++loners}` }
              if (inner.state === 'ready' && spec.target.kind === 'pattern') inner.subscribe(revived, onDelivery)
            },
          }
        },
      }),
  },
  {
    name: 'keeps a subscription to the level of its first frame',
    breaks: ['DEL-16', 'FID-01', 'ORD-03'],
    mutate: inner =>
      onTheWay(inner, () => {
        let level: string | undefined
        return (given, hand) => {
          level ??= given.frame.header.delivery
          if (level === given.frame.header.delivery) hand(given)
          else given.ack()
        }
      }),
  },
]
