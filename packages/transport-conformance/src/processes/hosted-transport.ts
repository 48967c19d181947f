import {
  type Address,
  createUlids,
  type Delivery,
  decodeFrame,
  encodeFrame,
  formatAddress,
  silentLogger,
  silentMetrics,
  systemClock,
  systemRandom,
  type Transport,
  type TransportContext,
  type TransportSubscription,
} from '@sm/core/transport'
import type { TransportHarness } from '../harness.ts'
import type { CallName, Calls, Down, Opened, Opening, Started, Up } from './messages.ts'
import { toRemoteError } from './remote-error.ts'

/** A real transport in the process of a peer, used from that of the suite. */
export class HostedTransport {
  readonly #port: number
  readonly #tell: (message: Up) => void
  readonly #transport: Transport
  readonly #subscriptions = new Map<number, TransportSubscription>()
  readonly #deliveries = new Map<number, Delivery>()
  readonly #watched = new Map<string, { readonly address: Address; told: string }>()
  #numbers = 0
  #flush: NodeJS.Immediate | undefined
  #reason: string | undefined

  /** Makes the transport of a harness. */
  static async open(
    port: number,
    { namespace, agent, instance, setting }: Opening,
    harness: TransportHarness<unknown>,
    tell: (message: Up) => void,
  ): Promise<HostedTransport> {
    const context: TransportContext = {
      namespace,
      agent,
      instance,
      clock: systemClock,
      ids: createUlids(systemClock, systemRandom),
      random: systemRandom,
      logger: silentLogger,
      metrics: silentMetrics,
    }
    return new HostedTransport(port, await harness.open(context, setting), tell)
  }

  private constructor(port: number, transport: Transport, tell: (message: Up) => void) {
    this.#port = port
    this.#tell = tell
    this.#transport = transport
    this.#transport.on('state', ({ error, ...event }) => {
      tell({ kind: 'event', port, name: 'state', event, ...(error !== undefined && { error: toRemoteError(error) }) })
    })
    this.#transport.on('peer', event => tell({ kind: 'event', port, name: 'peer', event }))
    this.#transport.on('routes', ({ reason }) => {
      this.#reason = reason
      this.#flush ??= setImmediate(() => this.#flushRoutes())
    })
  }

  get opened(): Opened {
    return { capabilities: this.#transport.capabilities, keepsLetters: this.#transport.deadLetters !== undefined }
  }

  watch(addresses: readonly Address[]): void {
    for (const address of addresses) this.#watched.set(formatAddress(address), { address, told: '[]' })
    this.#flush ??= setImmediate(() => this.#flushRoutes())
  }

  settle({ delivery: number, how, options, reason }: Extract<Down, { kind: 'settle' }>): void {
    const delivery = this.#deliveries.get(number)
    this.#deliveries.delete(number)
    if (how === 'ack') delivery?.ack()
    else if (how === 'nack') delivery?.nack(options)
    else if (reason) delivery?.reject(reason)
    if (how === 'reject') this.#tellLetters()
  }

  async call(name: CallName, args: Calls[CallName]['args'], signal: AbortSignal): Promise<unknown> {
    switch (name) {
      case 'start':
        await this.#transport.start({ signal })
        return this.#started()
      case 'stop':
        return this.#transport.stop({ ...(args as Calls['stop']['args']), signal })
      case 'health':
        return this.#transport.health()
      case 'publish': {
        const { frame, address } = args as Calls['publish']['args']
        return this.#transport.publish(decodeFrame(Buffer.from(frame)), address, { signal })
      }
      case 'subscribe': {
        const { subscription: number, spec } = args as Calls['subscribe']['args']
        const subscription = this.#transport.subscribe(spec, delivery => this.#delivered(number, delivery))
        this.#subscriptions.set(number, subscription)
        return subscription.ready
      }
      case 'close': {
        const { subscription, options } = args as Calls['close']['args']
        return this.#subscriptions.get(subscription)?.close({ ...options, signal })
      }
      case 'begin':
        return this.#deliveries.get((args as Calls['begin']['args']).delivery)?.begin?.()
      case 'sync':
        return this.#flushRoutes()
      default:
        throw new TypeError(`Nobody answers ${name}`)
    }
  }

  #started(): Started {
    const { capabilities } = this.#transport
    return { capabilities, routes: this.#transport.routes({ kind: 'inbox', agent: 'nobody-has-this-name' }) }
  }

  #delivered(subscription: number, delivery: Delivery): void {
    this.#numbers += 1
    this.#deliveries.set(this.#numbers, delivery)
    const { frame, attempt, ageMs } = delivery
    this.#tell({
      kind: 'delivery',
      port: this.#port,
      subscription,
      delivery: this.#numbers,
      attempt,
      ageMs,
      begins: delivery.begin !== undefined,
      frame: encodeFrame(frame),
    })
  }

  #tellLetters(): void {
    const letters = this.#transport.deadLetters?.().map(({ frame, reason }) => ({ frame: encodeFrame(frame), reason }))
    if (letters) this.#tell({ kind: 'letters', port: this.#port, letters })
  }

  #flushRoutes(): void {
    clearImmediate(this.#flush)
    this.#flush = undefined
    const changes = []
    for (const watched of this.#watched.values()) {
      const routes = this.#transport.routes(watched.address)
      const told = JSON.stringify(routes)
      if (told === watched.told) continue
      watched.told = told
      changes.push([watched.address, routes] as const)
    }
    const reason = this.#reason
    this.#reason = undefined
    if (changes.length > 0 || reason !== undefined) this.#tell({ kind: 'routes', port: this.#port, reason, changes })
  }
}
