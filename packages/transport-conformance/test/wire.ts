import { memory } from '@sm/core/memory'
import { abortable, type SubscriptionSpec, type Transport, type TransportContext } from '@sm/core/transport'
import type { WireFaults } from '../src/harness.ts'
import type { WiredTransport } from './wired.ts'

/** How long it takes to notice that nothing passes, in milliseconds. */
const noticeMs = 20

/** The connection of wired transports, with the broker behind it that keeps what is durable. */
export class Wire implements WireFaults {
  #cuts = 0
  #up = Promise.resolve()
  #mend: (() => void) | undefined
  #loses = false
  readonly #ends = new Set<WiredTransport>()
  readonly #brokers = new Map<string, Promise<Transport>>()
  readonly #kept = new Set<string>()

  /** How often it was broken. */
  get cuts(): number {
    return this.#cuts
  }

  get isUp(): boolean {
    return this.#mend === undefined
  }

  /** Resolves when frames can pass, or rejects with the reason of the signal. */
  passes(signal: AbortSignal | undefined): Promise<void> {
    return abortable(this.#up, signal)
  }

  async attach(end: WiredTransport, { namespace, ...context }: TransportContext): Promise<void> {
    this.#ends.add(end)
    let broker = this.#brokers.get(namespace)
    if (!broker) {
      const made = memory.definition.create({}, { ...context, namespace, agent: 'broker', instance: '0' })
      broker = made.start().then(() => made)
      this.#brokers.set(namespace, broker)
    }
    await broker
  }

  detach(end: WiredTransport): void {
    this.#ends.delete(end)
  }

  /** Keeps what is meant for a group, also when its members are away: a member that never has room. */
  keep(namespace: string, spec: SubscriptionSpec): void {
    const key = JSON.stringify([namespace, spec.target, spec.group])
    if (this.#kept.has(key)) return
    this.#kept.add(key)
    void this.#brokers.get(namespace)?.then(broker => {
      broker.subscribe({ ...spec, prefetch: 0, durable: false }, () => {})
    })
  }

  cut(): void {
    this.freeze(false)
    for (const end of this.#ends) end.lost()
  }

  restore(): void {
    for (const end of this.#ends) end.regained()
    this.#mend?.()
    this.#mend = undefined
  }

  freeze(notice = true): void {
    this.#cuts += 1
    this.#up = new Promise(resolve => {
      this.#mend = resolve
    })
    if (!notice) return
    setTimeout(() => {
      if (!this.isUp) for (const end of this.#ends) if (end.notices) end.lost()
    }, noticeMs)
  }

  thaw(): void {
    this.restore()
  }

  lose(): void {
    this.#loses = true
  }

  /** Whether the frame that passes now is lost. */
  takesLoss(): boolean {
    const { isUp } = this
    const loses = this.#loses && isUp
    if (loses) this.#loses = false
    return loses
  }

  async close(): Promise<void> {
    for (const broker of this.#brokers.values()) await (await broker).stop()
  }
}
