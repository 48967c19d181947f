import type { Evidence } from '../contract/index.ts'
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
}
