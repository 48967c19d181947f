import { type AgentErrorCode, lasting, passing } from './remedies.ts'
import { codedError, type SmError, type SmErrorOptions } from './sm-error.ts'

const remedies: Readonly<Record<AgentErrorCode, string>> = { ...lasting, ...passing }

/** Makes an error that carries the remedy of its code. */
export function smError(code: AgentErrorCode, what: string, options?: SmErrorOptions): SmError {
  return codedError(code, what, { remedy: remedies[code], retryable: code in passing }, options)
}
