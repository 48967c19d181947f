import { type CoreErrorCode, lasting, lastingOfTransports, passing, passingOfTransports } from './remedies.ts'
import { codedError, type SmError, type SmErrorOptions } from './sm-error.ts'

/** The remedy for a code of core, and whether the same call may succeed later. */
export function remedyOf(code: CoreErrorCode): { readonly remedy: string; readonly retryable: boolean } {
  const retryable = code in passing || code in passingOfTransports
  const remedies = { ...lasting, ...passing, ...lastingOfTransports, ...passingOfTransports }
  return { remedy: remedies[code], retryable }
}

/** Makes an error of core's catalogue, of what transports throw too. */
export function transportError(code: CoreErrorCode, what: string, options?: SmErrorOptions): SmError {
  return codedError(code, what, remedyOf(code), options)
}
