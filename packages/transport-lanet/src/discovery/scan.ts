import { type Clock, fraction, type Random, sleep } from '@sm/core/transport'
import { formatHostPort } from './host-port.ts'
import type { ScanSettings } from './options.ts'
import type { Prober } from './prober.ts'
import { addressAt, isHostIndex } from './subnet.ts'

export interface ScanContext {
  readonly clock: Clock
  readonly random: Random
  readonly prober: Prober
  /** Whether somebody is known to be at an address. */
  readonly isTaken: (address: string) => boolean
  /** Where this side itself listens. */
  readonly own: () => ReadonlySet<string>
}

/** Searches a subnet, round after round, with a long rest between them. */
export class Scan {
  readonly #settings: ScanSettings
  readonly #context: ScanContext
  readonly #closing = new AbortController()

  constructor(settings: ScanSettings, context: ScanContext) {
    this.#settings = settings
    this.#context = context
  }

  /** Resolves when the first round is done; the others follow by themselves until {@link close}. */
  async start(): Promise<void> {
    await this.#round()
    void this.#goOn()
  }

  close(): void {
    this.#closing.abort()
  }

  async #goOn(): Promise<void> {
    const { clock, random } = this.#context
    const { signal } = this.#closing
    while (!signal.aborted) {
      const restMs = this.#settings.everyMs * (1 - fraction(random) / 2)
      // Being closed is how it ends.
      await sleep(clock, restMs, signal).catch(() => undefined)
      await this.#round()
    }
  }

  /** Tries every address once, so many at a time. */
  async #round(): Promise<void> {
    const addresses = this.#addresses()
    const lane = async () => {
      for (const address of addresses) {
        if (this.#closing.signal.aborted) return
        // Most addresses do not answer; and whoever is not trusted concerns others.
        await this.#context.prober.ask(address, 'scan', this.#settings.timeoutMs).catch(() => undefined)
      }
    }
    await Promise.all(Array.from({ length: this.#settings.concurrency }, lane))
  }

  /** From a place left to chance, so that those who scan together do not all knock at one door. */
  *#addresses(): Generator<string, undefined> {
    const { subnet, ports } = this.#settings
    const own = this.#context.own()
    const start = (BigInt(this.#context.random.uint32()) * subnet.size) >> 32n
    for (let i = 0n; i < subnet.size; i++) {
      const index = (start + i) % subnet.size
      if (!isHostIndex(subnet, index)) continue
      for (const port of ports) {
        const address = formatHostPort({ host: addressAt(subnet, index), port })
        if (!own.has(address) && !this.#context.isTaken(address)) yield address
      }
    }
    return undefined
  }
}
