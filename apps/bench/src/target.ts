import type { Scenario } from './scenario.ts'

/** What stands behind one word of the command line. */
export interface Target {
  readonly scenarios: readonly Scenario[]
  /** Starts what the scenarios need besides our processes. */
  prepare?(): Promise<Prepared>
}

/** What is there for the scenarios of a target. */
export interface Prepared {
  /** What a subject may need and this machine has not, with the reason. */
  readonly absent: ReadonlyMap<string, string>
  close(): Promise<void>
}
