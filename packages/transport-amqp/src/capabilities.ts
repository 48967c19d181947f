import type { Capabilities } from '@sm/core/transport'

/** Largest message that RabbitMQ takes unless it is told otherwise, in bytes. */
const largestMessage = 134_217_728

/** The capabilities of the transport with a RabbitMQ server. */
export const capabilities: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'persisted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: largestMessage,
  expiry: true,
  delay: true,
  encrypted: false,
  deadLetters: true,
  publishOnly: false,
}
