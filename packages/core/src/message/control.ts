/**
 * Types of the messages by which agents answer each other. They are kept under `sm.`, where no user's type can be.
 */
export const controlTypes = {
  /** The answer to a request; its payload is the reply. */
  reply: 'sm.reply',
  /** The failure of a request; its payload is `{ code, message, retryable }`. */
  error: 'sm.error',
  /** Followed by the type of a request: whoever handles the request with the id in the payload should stop. */
  cancel: 'sm.cancel.',
  /** What agents say of themselves: to all, or followed by a dot and the instance that is meant. */
  presence: 'sm.presence',
} as const

/** Marks a reply that is no value at all, which JSON cannot say. */
export const voidExtension = 'smvoid'

/** Numbers messages with a key, where they could come by several transports: that of the one before it, and its own. */
export const orderExtension = 'smorder'

/** True for the library's own types. */
export function isControlType(type: string): boolean {
  return type.startsWith('sm.')
}
