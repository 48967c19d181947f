import type { TransportChoice } from '@sm/core'
import {
  type Capabilities,
  createEmitter,
  defineTransport,
  Lifecycle,
  type Route,
  type TransportEvents,
} from '@sm/core/transport'

const capabilities: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'persisted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_048_576,
  expiry: false,
  delay: false,
  encrypted: false,
  deadLetters: false,
  publishOnly: false,
}

const byBroker: readonly Route[] = [{ via: 'broker', evidence: 'unknown' }]

/** A wire that stands in reserve behind another: it reaches everyone, and is never asked to carry anything. */
export function idleWire(name: string, rank: number): TransportChoice {
  const transport = defineTransport<object>({
    ...{ name, contract: '1.0', version: '1.0.0', rank, schemes: [], capabilities },
    create() {
      const events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
      const lifecycle = new Lifecycle(name, events)
      const nothing = async () => undefined
      return {
        name,
        capabilities,
        get state() {
          return lifecycle.state
        },
        start: options => lifecycle.start(nothing, nothing, options),
        stop: () => lifecycle.stop(nothing),
        publish() {
          throw new Error('A wire in reserve was used')
        },
        subscribe: () => ({ ready: Promise.resolve(), close: nothing }),
        routes: () => byBroker,
        health: () => ({ state: lifecycle.state, details: {} }),
        on: (event, listener) => events.on(event, listener),
      }
    },
  })
  return transport()
}
