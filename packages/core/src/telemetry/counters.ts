/** The counters of an agent, from its start. */
export type Counter =
  | 'published'
  | 'publishFailed'
  | 'copiesFailed'
  | 'delivered'
  | 'handled'
  | 'failed'
  | 'duplicates'
  | 'expired'
  | 'ignored'
  | 'unaccepted'
  | 'unhandled'
  | 'acked'
  | 'nacked'
  | 'rejected'
  | 'lateReplies'

/** Nothing has been counted yet. */
export const noCounts: Readonly<Record<Counter, number>> = {
  published: 0,
  publishFailed: 0,
  copiesFailed: 0,
  delivered: 0,
  handled: 0,
  failed: 0,
  duplicates: 0,
  expired: 0,
  ignored: 0,
  unaccepted: 0,
  unhandled: 0,
  acked: 0,
  nacked: 0,
  rejected: 0,
  lateReplies: 0,
}
