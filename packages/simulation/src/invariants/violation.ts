import type { History } from '../history/history.ts'

/** A rule that a run has broken, with the lines of its history that show it. */
export interface Violation {
  /** The name of the rule: `nothing-lost`. */
  readonly rule: string
  readonly what: string
  readonly lines: readonly string[]
}

/** A rule that every history must keep: from the history to what breaks it. */
export type Invariant = (history: History) => readonly Violation[]
