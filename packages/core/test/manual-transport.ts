import type { Evidence } from '../src/index.ts'
import {
  type Capabilities,
  createEmitter,
  defineTransport,
  type Frame,
  Lifecycle,
  type Route,
  recalledError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportFactory,
  type TransportReceipt,
} from '../src/transport-author.ts'
import { isPresence } from './is-presence.ts'

const capabilities: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'persisted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_000_000,
  expiry: false,
  delay: true,
  encrypted: false,
  deadLetters: true,
  publishOnly: false,
}

const byBroker: readonly Route[] = [{ via: 'broker', evidence: 'unknown' }]

/** A publish that waits for the answer of the test. */
export interface ManualPublish {
  readonly frame: Frame
  /** Whether it may be at the broker. */
  readonly hasLeft: boolean
  take(): void
  refuse(error: unknown): void
}

/** A wire to a broker whose answers a test gives one by one. */
export class ManualWire {
  readonly events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
  readonly lifecycle: Lifecycle
  /** What waits for an answer, in order. */
  readonly pending: ManualPublish[] = []
  /** Every id that was published here. */
  readonly ids: string[] = []
  /** Whether what is published leaves at once, or waits here. */
  leaves = true
  /** Whether what is published is taken at once. */
  takes = true
  /** What is known of what is taken. */
  evidence: Evidence = 'persisted'
  /** Whether its broker can be asked for anyone. */
  knowsWay = true

  constructor(name: string) {
    this.lifecycle = new Lifecycle(name, this.events)
  }

  publish(frame: Frame, signal: AbortSignal | undefined): Promise<TransportReceipt> | TransportReceipt {
    if (isPresence(frame)) return { evidence: 'sent' }
    this.ids.push(frame.header.id)
    if (this.takes) return { evidence: this.evidence }
    return new Promise((resolve, reject) => {
      const end = (how: () => void) => () => {
        this.pending.splice(this.pending.indexOf(publish), 1)
        how()
      }
      const publish: ManualPublish = {
        frame,
        hasLeft: this.leaves,
        take: end(() => resolve({ evidence: this.evidence })),
        refuse: error => end(() => reject(error))(),
      }
      this.pending.push(publish)
      signal?.addEventListener('abort', () => publish.refuse(signal.reason))
    })
  }
}

/** A transport over a {@link ManualWire}. Names are taken for the whole process: choose one per test. */
export function manualTransport(name: string, rank: number): { transport: TransportFactory<object>; wire: ManualWire } {
  const wire = new ManualWire(name)
  const transport = defineTransport<object>({
    name,
    contract: '1.0',
    version: '1.0.0',
    rank,
    schemes: [],
    capabilities,
    create: (_options, _context: TransportContext): Transport => ({
      name,
      capabilities,
      get state() {
        return wire.lifecycle.state
      },
      start: options =>
        wire.lifecycle.start(
          async () => undefined,
          async () => undefined,
          options,
        ),
      stop: () => wire.lifecycle.stop(async () => undefined),
      publish: (frame, _address, options) => wire.publish(frame, options?.signal),
      recall(choose) {
        for (const publish of [...wire.pending]) {
          if (!choose(publish.frame, publish.hasLeft)) continue
          publish.refuse(recalledError(name, publish.frame, publish.hasLeft))
        }
      },
      subscribe: () => ({ ready: Promise.resolve(), close: async () => undefined }),
      routes: () => (wire.knowsWay ? byBroker : []),
      health: () => ({ state: wire.lifecycle.state, details: {} }),
      on: (event, listener) => wire.events.on(event, listener),
    }),
  })
  return { transport, wire }
}
