/** The facts in the subject to which the end of a frame is told. */
export interface Receipt {
  /** Which delivery of the frame it is, from 1. */
  readonly attempt: number
  /** Its number in the stream. */
  readonly sequence: string
  /** When it was stored, in nanoseconds since 1970 by the clock of the server. */
  readonly time: string
}

/** Reads `$JS.ACK.stream.consumer.attempt.sequence.…`; newer servers may put a domain and an account ahead of the stream. */
export function readReceipt(reply: string): Receipt {
  const parts = reply.split('.')
  const at = parts.length > 9 ? 6 : 4
  return { attempt: Number(parts[at]), sequence: parts[at + 1] as string, time: parts[at + 3] as string }
}

/** The mark of a stored frame that tells it from all others, also those of a stream that was removed and made anew. */
export function storedId(reply: string): string {
  const { sequence, time } = readReceipt(reply)
  return `${sequence}.${time}`
}
