import type { RejectReason } from '../contract/index.ts'
import { type Clock, FewMap, type MaybePromise, processWide } from '../kernel/index.ts'

/** The result of a claim; the reason of a message that was given up before. */
export type Claim = 'claimed' | 'done' | 'busy' | RejectReason

/**
 * Remembers which handler has handled which message. A claim is atomic: of two that ask at once, one gets it. Processes
 * that share a store never handle a message twice; without one that holds within a process.
 */
export interface DeduplicationStore {
  /** How long a handled message is remembered at least, in milliseconds, unless more than the store holds come in. */
  readonly windowMs: number
  /** Takes the message for the handler, unless it is done or another has it. */
  claim(handler: string, messageId: string): MaybePromise<Claim>
  /** Resolves when a busy claim has been committed, released or has lost its owner. */
  settled(handler: string, messageId: string): Promise<void>
  /** The handler is done with it for good. */
  commit(handler: string, messageId: string): MaybePromise<void>
  /** The handler has given it up: whoever claims it from now on gets the reason, and gives it up once more. */
  reject(handler: string, messageId: string, reason: RejectReason): MaybePromise<void>
  /** The handler failed: another may have it. */
  release(handler: string, messageId: string): MaybePromise<void>
}

/** Options of a deduplication store in memory. */
export interface MemoryDeduplicationOptions {
  readonly clock: Clock
  /** Default 10 minutes. */
  readonly windowMs?: number
  /** Most handled messages remembered per handler, in two halves. Default 100,000. */
  readonly maxEntries?: number
}

/**
 * The messages that one handler has handled and is handling. There are two generations instead of one ordered set: the older one
 * is dropped as a whole, so that remembering a message costs one insertion and forgetting nothing. Ids of one sender grow, so
 * most new ones are greater than any in the older generation and need not be looked for there.
 */
class Ledger {
  readonly #busy = new FewMap<true>()
  readonly #waiting = new Map<string, Array<() => void>>()
  /** Why messages were given up, by the generation in which that was. */
  #youngReasons = new Map<string, RejectReason>()
  #oldReasons = new Map<string, RejectReason>()
  #young = new Set<string>()
  #youngMax = ''
  #old = new Set<string>()
  #oldMax = ''
  #turnedAt: number

  constructor(now: number) {
    this.#turnedAt = now
  }

  claim(id: string): Claim {
    if (id <= this.#oldMax && this.#old.has(id)) return this.#found(id)
    const { size } = this.#young
    if (this.#young.add(id).size === size) return this.#found(id)
    if (id > this.#youngMax) this.#youngMax = id
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

  /** Begins a new generation when the young one is full or old enough. What is still being handled moves on with it. */
  turn(now: number, windowMs: number, maxEntries: number): void {
    if (this.#young.size < maxEntries / 2 && now - this.#turnedAt <= windowMs) return
    this.#old = this.#young
    this.#oldReasons = this.#youngReasons
    this.#youngReasons = new Map()
    this.#oldMax = this.#youngMax
    this.#young = new Set(this.#busy.keys())
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

/** A store in the memory of this process. */
export function createMemoryDeduplication(options: MemoryDeduplicationOptions): DeduplicationStore {
  const { clock, windowMs = 600_000, maxEntries = 100_000 } = options
  const ledgers = new Map<string, Ledger>()

  const ledgerOf = (handler: string): Ledger => {
    let ledger = ledgers.get(handler)
    if (!ledger) {
      ledger = new Ledger(clock.elapsed())
      ledgers.set(handler, ledger)
    }
    return ledger
  }

  return {
    windowMs,
    claim(handler, id) {
      const ledger = ledgerOf(handler)
      ledger.turn(clock.elapsed(), windowMs, maxEntries)
      return ledger.claim(id)
    },
    settled: (handler, id) => ledgerOf(handler).settled(id),
    commit: (handler, id) => ledgerOf(handler).commit(id),
    reject: (handler, id, reason) => ledgerOf(handler).reject(id, reason),
    release: (handler, id) => ledgerOf(handler).release(id),
  }
}

/** Most namespaces whose default store a process keeps. */
const maxShared = 1_000

// Agents of two copies of core in one process must not both handle a message.
const shared = processWide<Map<string, DeduplicationStore>>('deduplication.1', () => new Map())

/** The store that agents of a namespace in this process share unless they are given another. */
export function sharedDeduplication(namespace: string, clock: Clock): DeduplicationStore {
  let store = shared.get(namespace)
  if (!store) {
    store = createMemoryDeduplication({ clock })
    if (shared.size === maxShared) shared.delete(shared.keys().next().value as string)
    shared.set(namespace, store)
  }
  return store
}
