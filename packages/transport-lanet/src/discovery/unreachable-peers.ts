import { type Clock, sleep } from '@sm/core/transport'
import type { SeenPeer } from './discovery.ts'
import { isRefusal, type Prober } from './prober.ts'

/** How long one address is given to answer, in milliseconds. */
const timeoutMs = 3_000

/** How long a peer is given to announce itself again, in milliseconds. */
const hearMs = 1_000

/** How long a peer that cannot be reached is kept, in milliseconds: its cable may be put back. */
const patienceMs = 60_000

/**
 * Decides what has become of peers that could not be dialled. Where nobody listens any more, the peer is dead; one that is
 * silent may be cut off, and is kept for a while so that it is linked as soon as it is back.
 */
export class UnreachablePeers {
  readonly #deps: UnreachablePeersDeps
  readonly #checked = new Set<string>()
  readonly #closing = new AbortController()

  constructor(deps: UnreachablePeersDeps) {
    this.#deps = deps
  }

  async check(instance: string): Promise<void> {
    if (this.#checked.has(instance)) return
    this.#checked.add(instance)
    try {
      if (await this.#isLost(instance)) this.#deps.onLost(instance)
    } catch {
      // Closed meanwhile.
    } finally {
      this.#checked.delete(instance)
    }
  }

  close(): void {
    this.#closing.abort()
  }

  async #isLost(instance: string): Promise<boolean> {
    const { clock, look, ask } = this.#deps
    for (let first = true; ; first = false) {
      const began = clock.elapsed()
      ask(instance)
      const peer = look(instance)
      if (!peer) return false
      const outcome = await this.#knock(peer)
      if (outcome === 'here') return false
      await sleep(clock, hearMs, this.#closing.signal)
      const heard = (look(instance)?.seenAt ?? 0) >= began
      if (!heard && (outcome === 'gone' || !first)) return true
      await sleep(clock, patienceMs, this.#closing.signal)
    }
  }

  async #knock({ instance, addresses, by }: SeenPeer): Promise<'here' | 'gone' | 'silent'> {
    const outcomes = await Promise.all(
      addresses.map(address =>
        this.#deps.prober.ask(address, by, timeoutMs).then(
          found => (found === instance ? 'here' : 'gone'),
          error => (isRefusal(error) ? 'gone' : 'silent'),
        ),
      ),
    )
    if (outcomes.includes('here')) return 'here'
    // A machine that refuses at one address can be reached.
    return outcomes.includes('gone') ? 'gone' : 'silent'
  }
}

export interface UnreachablePeersDeps {
  readonly clock: Clock
  readonly prober: Prober
  readonly look: (instance: string) => SeenPeer | undefined
  /** Has a peer announce itself again, where it does so at all. */
  readonly ask: (instance: string) => void
  readonly onLost: (instance: string) => void
}
