import {
  type Capabilities,
  isWildcard,
  requireSubscribable,
  smError,
  type Transport,
  unmetDemand,
} from '@sm/core/transport'
import { override } from './override.ts'

let consumers = 0

/** A transport held to fewer capabilities than it has: it refuses what they do not say. */
export function limit(inner: Transport, less: Partial<Capabilities>): Transport {
  const capabilities = { ...inner.capabilities, ...less }
  return override(inner, {
    capabilities,
    publish(frame, address, options) {
      const unmet = unmetDemand({ delivery: frame.header.delivery, needs: [] }, capabilities)
      if (inner.state === 'ready' && unmet) throw smError('SM_CAPABILITY_MISSING', `It was asked for more: ${unmet}`)
      const evidence = capabilities.delivery[frame.header.delivery]
      // What only publishes takes a copy, whomever that is for.
      if (inner.state === 'ready' && capabilities.publishOnly && address.kind === 'inbox' && evidence)
        return { evidence }
      return inner.publish(frame, address, options)
    },
    subscribe(spec, onDelivery) {
      const wildcard = spec.target.kind === 'pattern' && isWildcard(spec.target.pattern)
      if (inner.state === 'ready') requireSubscribable('limited', capabilities, { durable: spec.durable, wildcard })
      const group = capabilities.groups ? spec.group : `${spec.group}-${++consumers}`
      return inner.subscribe({ ...spec, group }, onDelivery)
    },
  })
}

/** Nothing but at-most-once to whoever listens. */
export const humble: Partial<Capabilities> = {
  delivery: { 'at-most-once': 'accepted' },
  ordering: 'none',
  groups: false,
  wildcards: false,
  delay: false,
  deadLetters: false,
}
