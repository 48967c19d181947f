import type { Evidence } from '../contract/index.ts'

/** Why a transport did not take a message. */
export interface RouteFailure {
  /** Code of the error; `SM_PUBLISH_FAILED` where it had none. */
  readonly code: string
  readonly message: string
  /** `failed` when no one can have got the message from there, `unknown` when someone may have. */
  readonly outcome: 'failed' | 'unknown'
}

/** What one transport did with a message. One with neither `evidence` nor `failure` had not answered when the publish was over. */
export interface RouteStep {
  readonly transport: string
  /** What is known where it took the message; `none` when nobody was there to get it. */
  readonly evidence?: Evidence
  readonly failure?: RouteFailure
  /** From the hand-over to the answer, in milliseconds. Absent where it was taken at once, and where it failed. */
  readonly roundTripMs?: number
}
