export {
  createMemoryDeduplication,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  sharedDeduplication,
} from './deduplication-store.ts'
export type { SenderFilter } from './filter.ts'
export type { Job, Outcome } from './job.ts'
export { createReceiver, type ReceiverHost } from './receiver.ts'
export { Subscriber, type SubscriberHost, type SubscriberOptions, unaccepted } from './subscriber.ts'
export { judgeFailure, type RetryOptions, type Verdict } from './verdict.ts'
