import { type AgentErrorCode, lasting, passing } from './agent-error.ts'
import { codedError, type SmError, type SmErrorOptions } from './sm-error.ts'

// Apart from what agents throw, so that who has no transport of this package has none of their texts.
const lastingOfTransports = {
  SM_FRAME_TOO_LARGE: 'Send less, raise maxFrameBytes where the transport allows it, or pass a reference to the data.',
  SM_TRANSPORT_DUPLICATE: 'Remove one of the two packages, or have one of them take another name.',
  SM_TRANSPORT_DEFINITION: 'Give name, contract, capabilities and create as the transport guide shows.',
  SM_TRANSPORT_STATE: 'Await start() first, and publish before stop().',
} as const

const passingOfTransports = {
  SM_DELIVERY_ABANDONED: 'Stop agents with a drain, run a second instance, or use a durable transport.',
  SM_PUBLISH_FAILED: 'See the cause; details.outcome says whether anyone may have got the message.',
} as const

/** A code of core. What each means stands in `coreCatalogue` of `@sm/core/errors`. */
export type CoreErrorCode = AgentErrorCode | keyof typeof lastingOfTransports | keyof typeof passingOfTransports

/** What to do about a code of core, and whether the same call may succeed later. */
export function remedyOf(code: CoreErrorCode): { readonly remedy: string; readonly retryable: boolean } {
  const retryable = code in passing || code in passingOfTransports
  const remedies = { ...lasting, ...passing, ...lastingOfTransports, ...passingOfTransports }
  return { remedy: remedies[code], retryable }
}

/** Makes an error of core's catalogue, of what transports throw too. */
export function transportError(code: CoreErrorCode, what: string, options?: SmErrorOptions): SmError {
  return codedError(code, what, remedyOf(code), options)
}
