import type { Evidence } from '../contract/index.ts'
import type { RouteStep } from './route-step.ts'
/** The result of a publish: what is known of a message when it resolves. */
export interface Receipt {
  /** Id of the message. */
  readonly id: string
  /** The least that is known of every copy; `none` when nobody was there to get one. */
  readonly evidence: Evidence
  /** How many groups were given a copy, where every transport could tell. */
  readonly copies: number | undefined
  /** Names of the transports that took it to receivers. */
  readonly transports: readonly string[]
  /**
   * Names of the transports that only publish and that have their copy by now; without such transports it is absent. All of them
   * where the agent has `copies: 'required'`; else those that were no slower than the receivers.
   */
  readonly archived?: readonly string[]
  /**
   * What each transport that was tried did, in that order, as far as it was known when the publish was done; archives stand in
   * `archived`. Hold it against `agent.explain()` and `context.route`. It is made when it is asked for: name it to print it.
   */
  readonly route: readonly RouteStep[]
}
