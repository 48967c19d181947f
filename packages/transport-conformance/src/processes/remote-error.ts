import { describeThrown, isSmError, SmError } from '@sm/core/transport'

/** An error between the processes of a suite: unlike on a wire, whatever a case might look at is kept. */
export interface RemoteError {
  readonly code: string | undefined
  readonly message: string
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>
}

export function toRemoteError(thrown: unknown): RemoteError {
  if (!isSmError(thrown)) return { code: undefined, message: describeThrown(thrown), retryable: false, details: {} }
  const { code, message, retryable, details } = thrown
  return { code, message, retryable, details }
}

export function fromRemoteError({ code, message, retryable, details }: RemoteError): Error {
  return code === undefined ? new Error(message) : new SmError(code, message, { retryable, details })
}
