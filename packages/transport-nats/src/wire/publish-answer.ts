import type { Msg } from '@nats-io/transport-node'
import { brokerError } from '@sm/brokered'
import type { SmError } from '@sm/core/transport'

/** The answer of the server to a publish at least once. */
export type Answer =
  | { readonly kind: 'stored'; readonly sequence: number; readonly isDuplicate: boolean }
  /** There is no stream, or it is not ready. */
  | { readonly kind: 'missing' }
  /** Not now: for want of room, or because the server is busy. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused'; readonly error: SmError }

/** Codes of JetStream for what may be over soon: a limit of stream, account or server is reached, or there is no leader. */
const passing: ReadonlySet<number> = new Set([10008, 10009, 10023, 10028, 10047, 10074, 10077, 10122])

interface PublishAck {
  readonly seq?: unknown
  readonly duplicate?: unknown
  readonly error?: { readonly err_code?: unknown; readonly code?: unknown; readonly description?: unknown }
}

/** Reads the answer to a publish. */
export function readAnswer(msg: Msg): Answer {
  // Only a server that knows of nobody to answer has headers on it.
  if (msg.data.length === 0) return { kind: 'missing' }
  let ack: PublishAck
  try {
    ack = JSON.parse(
      Buffer.from(msg.data.buffer, msg.data.byteOffset, msg.data.length).toString('latin1'),
    ) as PublishAck
  } catch (cause) {
    return refused('what it answered is not JSON', 'unknown', cause)
  }
  const { seq, duplicate, error } = ack
  if (error) {
    const { err_code: code, code: status, description } = error
    if (passing.has(code as number) || status === 503) return { kind: 'busy' }
    return refused(`${String(description)} (${String(code)})`, 'failed')
  }
  if (typeof seq !== 'number') return refused('what it answered is not known', 'unknown')
  return { kind: 'stored', sequence: seq, isDuplicate: duplicate === true }
}

function refused(why: string, outcome: 'failed' | 'unknown', cause?: unknown): Answer {
  const what = `The NATS server does not store the frame: ${why}`
  return { kind: 'refused', error: brokerError('SM_BROKER_REFUSED', what, { details: { outcome }, cause }) }
}
