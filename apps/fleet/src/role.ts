import type { Agent, Handler, MessageType, SubscribeOptions } from '@sm/core'
import type { Report } from './ledger/ledger-entry.ts'
import type { Settings } from './settings.ts'

export type RoleName = 'probe' | 'watch' | 'desk' | 'scribe' | 'visitor'

/** The parts that a role works with. */
export interface Post {
  readonly agent: Agent
  readonly settings: Settings
  readonly report: Report
  /** Aborts when the member is to begin nothing new. */
  readonly signal: AbortSignal
  /** Subscribes, and reports each message once its handler is done and before it is acknowledged. */
  handle<Type extends MessageType>(type: Type, handler: Handler<Type>, options?: SubscribeOptions): Promise<void>
  /** Does something again and again until the signal aborts. What it throws is reported and ends nothing. */
  every(intervalMs: number, work: () => Promise<unknown>): void
}

/** Does a role's work from now on. What it returns is called when the agent has stopped. */
export type Role = (post: Post) => Promise<(() => Promise<void>) | undefined>
