import type { Environment } from './environment.ts'
import type { Subject } from './subject.ts'

/** Something without which a rule says nothing about a transport. */
export interface Need {
  /** Why a transport does not have it; undefined when it does. */
  unmet(subject: Subject): string | undefined
  /** The behaviour of such a transport instead. Without it, the rule is not run. */
  readonly otherwise?: ((env: Environment) => Promise<void>) | undefined
}

/** One rule of the contract, as a test. */
export interface ConformanceCase {
  /** `ACK-01`. */
  readonly id: string
  /** The rule, in the words of the contract. */
  readonly title: string
  /** The capabilities that it takes; for the first that is not met, the *else* case is run. */
  readonly needs?: readonly Need[]
  /** The rule is run once at each delivery level that is offered. Default: at the strongest alone. */
  readonly atEachLevel?: boolean
  /** Throws unless the transport keeps the rule. Throws {@link NotApplicable} when it finds that there is nothing to show. */
  run(env: Environment): Promise<void>
}

/** A rule turned out, while it ran, to say nothing about this transport. */
export class NotApplicable extends Error {
  /** Whether what must hold instead was shown. */
  readonly shown: boolean

  constructor(reason: string, shown: boolean) {
    super(reason)
    this.shown = shown
  }
}
