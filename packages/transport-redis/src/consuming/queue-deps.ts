import type { Clock } from '@sm/core/transport'
import type { MembershipDeps } from '../groups/membership.ts'
import type { Session } from '../session.ts'
import type { Subscriber } from './subscriber.ts'

/** Dependencies that the queues of one transport share. */
export interface QueueDeps extends MembershipDeps {
  readonly clock: Clock
  readonly maxDeadLetters: number
  readonly subscriber: Subscriber
  readonly onFault: (error: unknown) => void
  /** It cannot be read, though the connection is there; undefined once it can. */
  readonly onImpaired: (error: unknown) => void
  /** The session of now, or the next one; undefined when there will be none. */
  readonly session: () => Promise<Session | undefined>
  /** It is needed no more. */
  readonly onLeft: () => void
}
