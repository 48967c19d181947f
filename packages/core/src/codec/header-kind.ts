import type { Header } from '../message/index.ts'

/**
 * A header kind is what the headers of one sender, type and receiver have in common: all but ids, times and correlation. A
 * wire that has seen a kind need not send or read it again.
 */

/** Whether a header has nothing besides its kind, ids, times and correlation. */
export function hasHeaderKind({ key, encodings, traceparent, tracestate, extensions }: Header): boolean {
  return (
    key === undefined &&
    encodings === undefined &&
    traceparent === undefined &&
    tracestate === undefined &&
    extensions === undefined
  )
}

/** Whether two headers that {@link hasHeaderKind} are of one kind. */
export function areOfOneHeaderKind(a: Header, b: Header): boolean {
  return (
    a.type === b.type &&
    a.version === b.version &&
    a.from === b.from &&
    a.to === b.to &&
    a.replyTo === b.replyTo &&
    a.delivery === b.delivery &&
    a.contentType === b.contentType
  )
}
