import type {
  Capabilities,
  CloseOptions,
  DeadLetter,
  Delivery,
  Peer,
  Route,
  SignalOptions,
  SubscriptionSpec,
  Transport,
  TransportContext,
  TransportEvents,
  TransportHealth,
  TransportReceipt,
  TransportSubscription,
} from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { createEmitter, type MaybePromise } from '../kernel/index.ts'
import { type Address, type Frame, formatAddress, formatAgentRef } from '../message/index.ts'
import { demandsOf, Lifecycle, recalledError, requireSubscribable, toOutcomeUnknown } from '../transport-kit/index.ts'
import type { Group } from './group.ts'
import { type Hub, type HubMember, hubOf } from './hub.ts'

/** Options of the memory transport. */
export interface MemoryTransportOptions {
  /** Most frames that wait for one group; a publish waits while there is no room. Default 1,024. */
  readonly maxQueued?: number
  /** How long frames wait for a successor when the last consumer leaves without a drain, in milliseconds. Default 10,000. */
  readonly graceMs?: number
}

const receipts: readonly TransportReceipt[] = Array.from({ length: 9 }, (_, copies) => receiptOf(copies))

function receiptOf(copies: number): TransportReceipt {
  return Object.freeze({ evidence: copies === 0 ? 'none' : 'accepted', copies })
}

/** A way to end a publish that waits for room. */
interface PublishRecall {
  readonly mayHaveLeft: boolean
  end(error: unknown): void
}

/** Carries frames between agents of one process by handing over the frame itself. */
export class MemoryTransport implements Transport, HubMember {
  readonly name = 'memory'
  readonly capabilities: Capabilities
  readonly peer: Peer
  readonly #events
  readonly #lifecycle: Lifecycle
  readonly #options: Required<MemoryTransportOptions>
  readonly #context: TransportContext
  /** Taken at start: a hub lives only while agents are attached to it. */
  #hub: Hub | undefined
  readonly #subscriptions = new Set<TransportSubscription>()
  /** Publishes at least once that wait for room, in order. */
  readonly #waiting = new Map<Frame, PublishRecall>()

  constructor(capabilities: Capabilities, options: MemoryTransportOptions, context: TransportContext) {
    const { maxQueued = 1_024, graceMs = 10_000 } = options
    if (!(maxQueued >= 1)) throw smError('SM_TRANSPORT_CONFIG', 'maxQueued of the memory transport is not 1 or more')
    if (!(graceMs >= 0)) throw smError('SM_TRANSPORT_CONFIG', 'graceMs of the memory transport is not 0 or more')
    this.capabilities = capabilities
    this.peer = { agent: context.agent, instance: context.instance, processId: process.pid }
    this.#options = { maxQueued, graceMs }
    this.#events = createEmitter<TransportEvents>(error => context.logger.error({ error }, 'A listener threw'))
    this.#lifecycle = new Lifecycle(this.name, this.#events)
    this.#context = context
  }

  get state() {
    return this.#lifecycle.state
  }

  start(options?: SignalOptions): Promise<void> {
    return this.#lifecycle.start(
      async () => this.#attach(),
      () => this.#close({}),
      options,
    )
  }

  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    this.#lifecycle.requireStarted('publish')
    const groups = this.#hub?.groupsFor(address) ?? []
    if (groups.length === 0 && address.kind === 'inbox') {
      throw smError('SM_ROUTE_NONE', `Nobody in this process has the inbox ${formatAddress(address)}`, {
        details: { outcome: 'failed' },
      })
    }
    let waiting: Group[] | undefined
    for (const group of groups) {
      if (!group.offer(frame)) {
        waiting ??= []
        waiting.push(group)
      }
    }
    const receipt = receipts[groups.length] ?? receiptOf(groups.length)
    return waiting ? this.#wait(waiting, groups.length, frame, receipt, options?.signal) : receipt
  }

  recall(choose: (frame: Frame, mayHaveLeft: boolean) => boolean): void {
    for (const [frame, { mayHaveLeft, end }] of [...this.#waiting]) {
      if (choose(frame, mayHaveLeft)) end(recalledError(this.name, frame, mayHaveLeft))
    }
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    this.#lifecycle.requireStarted('subscribe')
    requireSubscribable(this.name, this.capabilities, demandsOf(spec))
    const hub = this.#hub as Hub
    const consumer = hub.group(spec, this.#options).join(spec.prefetch, onDelivery)
    this.#subscriptions.add(consumer)
    hub.changed('subscribed')
    return {
      ready: consumer.ready,
      close: async options => {
        await consumer.close(options)
        this.#subscriptions.delete(consumer)
      },
    }
  }

  routes(address: Address): readonly Route[] {
    return (this.#hub?.groupsFor(address) ?? []).map(({ spec: { target, group } }) => ({
      via: target.kind === 'inbox' ? formatAgentRef(target) : `group ${group}`,
      evidence: 'subscribed',
    }))
  }

  health(): TransportHealth {
    return {
      state: this.state,
      details: {
        groups: this.#hub?.groups ?? 0,
        queued: this.#hub?.queued ?? 0,
        deadLetters: this.#hub?.deadLetters.size ?? 0,
      },
    }
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#hub?.deadLetters.items() ?? []
  }

  stop(options: CloseOptions = {}): Promise<void> {
    return this.#lifecycle.stop(() => this.#close(options))
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  routesChanged(reason: string): void {
    this.#events.emit('routes', { reason })
  }

  peerChanged(change: 'joined' | 'left', peer: Peer): void {
    this.#events.emit('peer', { change, peer })
  }

  #attach(): void {
    this.#hub = hubOf(this.#context.namespace, this.#context.clock)
    this.#hub.attach(this)
  }

  async #wait(
    waiting: readonly Group[],
    groups: number,
    frame: Frame,
    receipt: TransportReceipt,
    signal: AbortSignal | undefined,
  ): Promise<TransportReceipt> {
    const recall = new AbortController()
    const ends = signal ? AbortSignal.any([signal, recall.signal]) : recall.signal
    const mayHaveLeft = waiting.length < groups
    if (frame.header.delivery === 'at-least-once') {
      this.#waiting.set(frame, { mayHaveLeft, end: error => recall.abort(error) })
    }
    const results = await Promise.allSettled(waiting.map(group => group.wait(frame, ends)))
    this.#waiting.delete(frame)
    const refusals = results.filter(result => result.status === 'rejected')
    if (refusals.length === 0) return receipt
    const reason: unknown = refusals[0]?.reason
    if (refusals.length === groups) throw reason
    // Groups that had room have it already, and the publisher is told so.
    if (!ends.aborted) return receiptOf(groups - refusals.length)
    throw toOutcomeUnknown(reason)
  }

  async #close(options: CloseOptions): Promise<void> {
    await Promise.all([...this.#subscriptions].map(subscription => subscription.close(options)))
    this.#subscriptions.clear()
    this.#hub?.detach(this)
  }
}
