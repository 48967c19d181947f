import { lookup } from 'node:dns/promises'
import { type BackoffOptions, backoffMs, type Cancel, type Clock, fraction, type Random } from '@sm/core/transport'
import { lanetError } from '../errors.ts'
import { formatHostPort, type HostPort } from './host-port.ts'
import type { Prober } from './prober.ts'

/** Waits between tries to find somebody at a place where nobody is. */
const seeking: BackoffOptions = { initialMs: 250, maxMs: 10_000, factor: 2, jitter: 0.5 }

/** How often a name is looked up again while somebody is there, in milliseconds; half of it is left to chance. */
const settledMs = 30_000

/** How long one address is given to answer, in milliseconds. */
const timeoutMs = 5_000

/** Most addresses of one name. */
const maxAddresses = 64

export interface StaticPeersOptions {
  readonly places: readonly HostPort[]
  readonly clock: Clock
  readonly random: Random
  readonly prober: Prober
  /** Whether somebody is known to be at an address. */
  readonly isTaken: (address: string) => boolean
  readonly onFault: (error: unknown) => void
}

interface Place {
  readonly at: HostPort
  failures: number
  /** Something is wrong with it that has been told. */
  told: boolean
  timer: Cancel | undefined
  looking: boolean
}

/** Looks for agents at the places that the user has listed, again and again. */
export class StaticPeers {
  readonly #options: StaticPeersOptions
  readonly #places: readonly Place[]
  #closed = false

  constructor(options: StaticPeersOptions) {
    this.#options = options
    const fresh = { failures: 0, told: false, timer: undefined, looking: false }
    this.#places = options.places.map(at => ({ ...fresh, at }))
  }

  /** Resolves when every place has been looked at once. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map(place => this.#look(place)))
  }

  /** Somebody has gone: looks again soon, in case another takes its place. */
  wake(): void {
    for (const place of this.#places) {
      if (place.looking || this.#closed) continue
      place.failures = 0
      this.#later(place, backoffMs(seeking, 1, this.#options.random))
    }
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#places) timer?.()
  }

  async #look(place: Place): Promise<void> {
    const { prober, isTaken, onFault, random } = this.#options
    const where = formatHostPort(place.at)
    place.looking = true
    const ask = async (address: string) => {
      if (!isTaken(address)) await prober.ask(address, 'peers', timeoutMs)
    }
    const outcomes: readonly PromiseSettledResult<void>[] = await resolve(place.at).then(
      addresses => Promise.allSettled(addresses.map(ask)),
      reason => [{ status: 'rejected', reason } as const],
    )
    place.looking = false
    if (this.#closed) return
    if (outcomes.some(({ status }) => status === 'fulfilled')) {
      place.failures = 0
      place.told = false
      this.#later(place, settledMs * (1 - fraction(random) / 2))
      return
    }
    const [cause] = outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason : undefined))
    if (!place.told) onFault(lanetError('SM_LANET_PEER', `No agent was found at ${where}`, { cause }))
    place.told = true
    place.failures += 1
    this.#later(place, backoffMs(seeking, place.failures, random))
  }

  #later(place: Place, delayMs: number): void {
    place.timer?.()
    place.timer = this.#options.clock.schedule(() => void this.#look(place), delayMs)
  }
}

/** The addresses of a place. Rejects when its name has none. */
async function resolve({ host, port }: HostPort): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, order: 'verbatim' })
  return [...new Set(found.map(({ address }) => formatHostPort({ host: address, port })))].slice(0, maxAddresses)
}
