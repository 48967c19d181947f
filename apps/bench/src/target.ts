import type { Scenario } from './scenario.ts'

/** The scenarios behind one word of the command line. */
export interface Target {
  readonly scenarios: readonly Scenario[]
  /** Starts what the scenarios need besides our processes. */
  prepare?(): Promise<Prepared>
}

/** The servers of the scenarios of a target. */
export interface Prepared {
  /** The needs of subjects that this machine has not, with the reason. */
  readonly absent: ReadonlyMap<string, string>
  close(): Promise<void>
}
