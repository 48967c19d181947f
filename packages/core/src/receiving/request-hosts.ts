import type { SmError } from '../errors/index.ts'
import type { MaybePromise } from '../kernel/index.ts'
import type { MessageType } from '../message/index.ts'
import type { Job, Outcome } from './job.ts'

/** The handler that concluded: what it handles, and its name. */
export interface Concluded {
  readonly key: string
  readonly message: MessageType | undefined
}

/** The part that answers requests once they have been handled. */
export interface Answers {
  /** A handler has concluded: answers, if somebody asked. */
  answer(job: Job, subscriber: Concluded, end: Outcome | SmError): MaybePromise<void>
  /** Answers with an error, if somebody asked. */
  refuse(job: Job, error: unknown): MaybePromise<void>
}

/** The inboxes that a subscription opens besides its own feeds when requests are handled. */
export interface RequestInboxes {
  /** Opens the inbox of this instance, where replies come in. */
  openReplies(): Promise<void>
  /** Listens for requesters of a type who have given up. */
  openCancels(message: MessageType): Promise<void>
}
