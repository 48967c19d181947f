import type { TransportHarness } from '../../transport-conformance/src/harness.ts'
import { memory } from '../src/memory/index.ts'

/** The memory transport as the conformance suite takes it. Little room, so that a publish soon has to wait. */
export const harness: TransportHarness = {
  name: 'memory',
  open: context => memory.definition.create({ maxQueued: 64 }, context),
  deadLetters: { most: 1_000 },
  // Within one process what arrives has arrived within a turn or two of the event loop.
  quietMs: 10,
}
