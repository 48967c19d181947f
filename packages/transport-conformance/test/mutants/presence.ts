import { formatAddress, type Route } from '@sm/core/transport'
import { override } from '../override.ts'
import { type Mutant, shared } from './mutant.ts'

const nobody = { kind: 'topic', topic: 'nobody.at.all' } as const
const lastOf = shared(() => ({ subscribed: 0 }))
const rumour: readonly Route[] = [{ via: 'somebody', evidence: 'heard' }]

export const presence: readonly Mutant[] = [
  {
    name: 'has started before it knows who is there',
    breaks: ['PEER-01'],
    mutate(inner, context) {
      const last = lastOf(context)
      let since = Number.POSITIVE_INFINITY
      return override(inner, {
        async start(options) {
          await inner.start(options)
          since = Math.min(since, performance.now())
        },
        subscribe(...given) {
          last.subscribed = performance.now()
          return inner.subscribe(...given)
        },
        publish(frame, address, options) {
          const knows = last.subscribed > since || performance.now() - since > 25
          return inner.publish(frame, knows || address.kind === 'inbox' ? address : nobody, options)
        },
      })
    },
  },
  {
    name: 'names for ever who was there once',
    breaks: ['DEL-13', 'PEER-02'],
    mutate(inner) {
      const known = new Set<string>()
      return override(inner, {
        routes(address) {
          const routes = inner.routes(address)
          if (routes.length > 0) known.add(formatAddress(address))
          return routes.length === 0 && known.has(formatAddress(address)) ? rumour : routes
        },
      })
    },
  },
  {
    name: 'tells of who comes, and not of who goes',
    breaks: ['PEER-02'],
    mutate: inner =>
      override(inner, {
        on: (name, listener) =>
          inner.on(name, event => {
            if (!('change' in event) || event.change === 'joined') listener(event)
          }),
      }),
  },
]
