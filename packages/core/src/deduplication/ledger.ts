import type { RejectReason } from '../contract/index.ts'
import { type Clock, FewMap } from '../kernel/index.ts'
import type { Claim } from './claim.ts'
import { IdRuns } from './id-runs.ts'

export interface LedgerOptions {
  readonly clock: Clock
  /** How long a handled message is remembered at least, in milliseconds, unless there are too many. */
  readonly windowMs: number
  /** Most messages remembered, in two halves. */
  readonly maxEntries: number
}

/**
 * The messages that one handler has handled and is handling. There are two generations instead of one ordered set: the older one
 * is dropped as a whole, so that remembering a message costs one insertion and forgetting nothing.
 */
export class Ledger {
  readonly #busy = new FewMap<true>()
  readonly #waiting = new Map<string, Array<() => void>>()
  /** Why messages were given up, by the generation in which that was. */
  #youngReasons = new Map<string, RejectReason>()
  #oldReasons = new Map<string, RejectReason>()
  readonly #options: LedgerOptions
  #young = new IdRuns()
  #old = new IdRuns()
  /** What follows the last claim in the young generation cannot be in the old one. */
  #isNew = false
  #turnedAt: number

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#turnedAt = options.clock.elapsed()
  }

  claim(id: string): Claim {
    // Most directly follow the last one, and need not be looked for.
    const follows = this.#isNew && this.#young.size < this.#options.maxEntries / 2 && this.#young.addNext(id)
    if (!follows && !this.#claimAny(id)) return this.#found(id)
    this.#busy.add(id, true)
    return 'claimed'
  }

  commit(id: string): void {
    this.#busy.take(id)
    this.#wake(id)
  }

  reject(id: string, reason: RejectReason): void {
    this.#youngReasons.set(id, reason)
    this.commit(id)
  }

  release(id: string): void {
    this.#busy.take(id)
    // A claim that outlived a turn stands in both generations.
    this.#young.delete(id)
    this.#old.delete(id)
    this.#wake(id)
  }

  settled(id: string): Promise<void> {
    if (!this.#busy.has(id)) return Promise.resolve()
    return new Promise(resolve => {
      const waiting = this.#waiting.get(id)
      if (waiting) waiting.push(resolve)
      else this.#waiting.set(id, [resolve])
    })
  }

  #claimAny(id: string): boolean {
    this.#turn()
    const isNew = !this.#old.mayHold(id)
    if ((!isNew && this.#old.has(id)) || !this.#young.add(id)) return false
    this.#isNew = isNew
    return true
  }

  /** Begins a new generation when the young one is full or old enough. What is still being handled moves on with it. */
  #turn(): void {
    const { clock, windowMs, maxEntries } = this.#options
    const now = clock.elapsed()
    if (this.#young.size < maxEntries / 2 && now - this.#turnedAt <= windowMs) return
    this.#old = this.#young
    this.#oldReasons = this.#youngReasons
    this.#youngReasons = new Map()
    this.#young = new IdRuns()
    for (const id of this.#busy.keys()) this.#young.add(id)
    this.#isNew = false
    this.#turnedAt = now
  }

  #found(id: string): Claim {
    if (this.#busy.has(id)) return 'busy'
    return this.#youngReasons.get(id) ?? this.#oldReasons.get(id) ?? 'done'
  }

  #wake(id: string): void {
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    for (const wake of waiting ?? []) wake()
  }
}
