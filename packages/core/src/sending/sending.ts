import type { SignalOptions } from '../contract/index.ts'
import type { RoutePolicy } from '../message/index.ts'

/** One publish, as a transport gets it: where it went is told to whoever publishes. */
export interface Sending extends SignalOptions {
  /** Names of the transports that took it, once it is sent. */
  transports: readonly string[]
  /** Whether its time is over, or its caller has given up. Asked instead of the signal, which costs something to make. */
  readonly hasEnded: boolean
  /** Wishes of this publish about its transports. */
  readonly route: RoutePolicy | undefined
}
