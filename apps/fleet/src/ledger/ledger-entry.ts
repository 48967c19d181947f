/**
 * A report of a member of the fleet. Plain data, so that it can cross from one process to another; told at once, so that a
 * process that is killed takes at most the entry with it that it was about to tell.
 */
export type LedgerEntry =
  | JoinedEntry
  | DiedEntry
  | { readonly kind: 'subscribed'; readonly handler: string; readonly type: string }
  | PublishedEntry
  | { readonly kind: 'unpublished'; readonly by: string; readonly type: string; readonly code: string }
  | HandledEntry
  | {
      readonly kind: 'answered'
      readonly by: string
      readonly type: string
      readonly latencyMs: number
      readonly text: string
    }
  | { readonly kind: 'unanswered'; readonly by: string; readonly type: string; readonly code: string }
  /** The library warned of something that it deals with by itself. */
  | { readonly kind: 'warned'; readonly by: string; readonly code: string }
  /** Something else went wrong, and the member goes on. */
  | { readonly kind: 'trouble'; readonly by: string; readonly text: string }
  | WireEntry

/** The process of a member was killed. Told by who killed it; what the member had told before may come later. */
export interface DiedEntry {
  readonly kind: 'died'
  readonly instance: string
}

/** A wire between the processes was killed on purpose, or is whole again. Told by who did it. */
export interface WireEntry {
  readonly kind: 'wire-killed' | 'wire-mended'
  readonly wire: string
  /** When, in epoch milliseconds, as in {@link HandledEntry}. */
  readonly at: number
}

/** A member has begun. `instance` is its name in all other entries. */
export interface JoinedEntry {
  readonly kind: 'joined'
  readonly instance: string
  readonly agent: string
  readonly role: string
  readonly pid: number
}

/** A message has left its publisher, and a transport has it. */
export interface PublishedEntry {
  readonly kind: 'published'
  readonly by: string
  readonly id: string
  readonly type: string
  readonly transports: readonly string[]
}

/** A handler is done with a message. Told before the message is acknowledged. */
export interface HandledEntry {
  readonly kind: 'handled'
  readonly by: string
  readonly id: string
  readonly type: string
  /** The same for all instances that share the work: whoever of them handles a message, it is handled. */
  readonly handler: string
  /** The agent that published it, and the instance of it. */
  readonly from: string
  readonly sender: string
  readonly transport: string
  /** The end of the handler, in epoch milliseconds. */
  readonly at: number
  /** From the making of the message to the end of the handler. */
  readonly latencyMs: number
}

/** Takes what members tell. */
export type Report = (entry: LedgerEntry) => void
