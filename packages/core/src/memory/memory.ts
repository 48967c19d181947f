import type { Capabilities } from '../contract/index.ts'
import { defineTransport } from '../registry/index.ts'
import { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts'

const capabilities: Capabilities = {
  reach: 'process',
  delivery: { 'at-most-once': 'accepted', 'at-least-once': 'accepted' },
  durable: false,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: Number.POSITIVE_INFINITY,
  expiry: false,
  delay: true,
  // Nothing leaves the process: there is no wire to listen to.
  encrypted: true,
  deadLetters: true,
  publishOnly: false,
}

/** The transport between agents of one process. It serializes nothing. */
export const memory = defineTransport<MemoryTransportOptions>({
  name: 'memory',
  contract: '1.0',
  version: '1.0.0',
  rank: 10,
  schemes: [],
  capabilities,
  options: { maxQueued: true, graceMs: true },
  create: (options, context) => new MemoryTransport(capabilities, options, context),
})
