import type { RejectReason } from '../contract/index.ts'
import { type Clock, type MaybePromise, processWide } from '../kernel/index.ts'
import type { Claim } from './claim.ts'
import { Ledger } from './ledger.ts'

/**
 * Remembers which handler has handled which message. A claim is atomic: of two that ask at once, one gets it. Processes
 * that share a store never handle a message twice; without one that holds within a process.
 */
export interface DeduplicationStore {
  /**
   * Names what it remembers: the same text in all processes that share it, and nowhere else. Instances of an agent that tell the same
   * are sure to notice a message that comes twice, so that a publish may move on after an outcome that nobody knows. Absent where it
   * is not shared by every process of the agent, as the one in memory.
   */
  readonly id?: string
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

/** A store in the memory of this process. */
export function createMemoryDeduplication(options: MemoryDeduplicationOptions): DeduplicationStore {
  const { clock, windowMs = 600_000, maxEntries = 100_000 } = options
  const ledgers = new Map<string, Ledger>()

  const ledgerOf = (handler: string): Ledger => {
    let ledger = ledgers.get(handler)
    if (!ledger) {
      ledger = new Ledger({ clock, windowMs, maxEntries })
      ledgers.set(handler, ledger)
    }
    return ledger
  }

  return {
    windowMs,
    claim: (handler, id) => ledgerOf(handler).claim(id),
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
