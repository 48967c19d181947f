import { isSmError, SmError, transportError } from '../errors/index.ts'
import type { Frame } from '../message/index.ts'

/** Whether a failed publish can have reached anyone: `failed` when no one can have got the frame. */
export function publishOutcome(error: unknown): 'failed' | 'unknown' {
  const { details } = Object(error) as { details?: { outcome?: unknown } }
  return details?.outcome === 'failed' ? 'failed' : 'unknown'
}

/** The error of a publish that someone may have got: its outcome is `unknown`. A reason of the user's own stays as it is. */
export function toOutcomeUnknown(error: unknown): unknown {
  if (!isSmError(error) || error.details.outcome === 'unknown') return error
  const { code, message, retryable, details } = error
  return new SmError(code, message, { cause: error, retryable, details: { ...details, outcome: 'unknown' } })
}

/** The error of a publish that was taken back, as `Transport.recall` asks for it. */
export function recalledError(transport: string, { header: { type, id } }: Frame, mayHaveLeft: boolean): SmError {
  return transportError('SM_PUBLISH_RECALLED', `${type} (${id}) was taken back from the transport "${transport}"`, {
    details: { transport, outcome: mayHaveLeft ? 'unknown' : 'failed' },
  })
}
