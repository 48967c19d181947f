import { describeThrown, isSmError, SmError } from '../errors/index.ts'

/** The failure of one wire of a publish that others have taken. Publishing again under a new id would repeat it there. */
export function partly(cause: unknown, taken: readonly string[]): SmError {
  const { code, retryable } = isSmError(cause) ? cause : { code: 'SM_PUBLISH_FAILED', retryable: true }
  const text = `${describeThrown(cause)} (${taken.join(', ')} took the message)`
  return new SmError(code, text, { cause, retryable, details: { outcome: 'unknown', taken } })
}
