import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import { brokerError } from '@sm/brokered'
import { describeThrown, isSmError, type SmError } from '@sm/core/transport'
import { natsError } from '../errors.ts'
import type { Session } from '../session.ts'

/** Codes of JetStream for something of the same name, or for the same subjects, that is not ours. */
const taken: ReadonlySet<number> = new Set([10012, 10013, 10058, 10065, 10148])
/** Codes of JetStream for a limit that is reached. */
const full: ReadonlySet<number> = new Set([10023, 10026, 10027, 10028, 10047])
/** Codes of JetStream for a cluster in which nobody leads, or which has no peers for a stream to be on. */
const unsettled: ReadonlySet<number> = new Set([10005, 10008])

/** The client's error of a call to the API of JetStream that failed, as an error of ours. `what` says what was wanted. */
export function toApiError(cause: unknown, what: string, session: Session): SmError {
  if (isSmError(cause)) return cause
  if (!session.isOpen) return session.lostError(cause)
  if (isUnsettled(cause)) return brokerError('SM_BROKER_TIMEOUT', `JetStream took too long to ${what}`, { cause })
  if (cause instanceof JetStreamApiError) {
    const { code, message } = cause
    const details = { apiCode: code }
    const text = `JetStream refuses to ${what}: ${message} (${code})`
    if (taken.has(code)) return brokerError('SM_BROKER_TOPOLOGY', text, { details, cause })
    return brokerError(full.has(code) ? 'SM_BROKER_FULL' : 'SM_BROKER_REFUSED', text, { details, cause })
  }
  if (cause instanceof Error && cause.name === 'JetStreamNotEnabled') {
    return natsError('SM_NATS_JETSTREAM', `JetStream is not there to ${what}`, { cause })
  }
  const inner = (cause as { cause?: unknown }).cause
  if ([cause, inner].some(error => error instanceof errors.PermissionViolationError)) {
    return brokerError('SM_BROKER_AUTH', `The user may not ${what}`, { cause })
  }
  return brokerError('SM_BROKER_REFUSED', `JetStream failed to ${what}: ${describeThrown(cause)}`, { cause })
}

/** Whether the server did not answer, or cannot tell yet. */
export function isUnsettled(error: unknown): boolean {
  return error instanceof errors.TimeoutError || (error instanceof JetStreamApiError && unsettled.has(error.code))
}

export function hasApiCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}
