import { describeThrown, isSmError, SmError } from '../errors/index.ts'
import type { RouteStep } from '../routing/index.ts'
import { publishOutcome } from '../transport-kit/index.ts'

/**
 * The error of a publish that failed on several transports, or on the way from one to the next: what `error` says, with what each of
 * them did. A reason of the user's own stays as it is.
 */
export function failureOnRoute(error: unknown, isUnknown: boolean, route: readonly RouteStep[]): unknown {
  if (!isSmError(error)) return error
  const { code, message, retryable, details } = error
  const outcome = isUnknown ? 'unknown' : publishOutcome(error)
  return new SmError(code, message, { cause: error, retryable, details: { ...details, outcome, route } })
}

/** The failure of one transport of a publish that others have taken. Publishing again under a new id would repeat it there. */
export function partly(cause: unknown, taken: readonly string[], route?: readonly RouteStep[]): SmError {
  const { code, retryable } = isSmError(cause) ? cause : { code: 'SM_PUBLISH_FAILED', retryable: true }
  const text = `${describeThrown(cause)} (${taken.join(', ')} took the message)`
  return new SmError(code, text, { cause, retryable, details: { outcome: 'unknown', taken, ...(route && { route }) } })
}

/** Whether the wire is to blame, and not the message, its receiver or its caller. */
export function isFaultOfWire(error: unknown): boolean {
  return !isSmError(error) || (error.retryable && error.code !== 'SM_ROUTE_NONE')
}
