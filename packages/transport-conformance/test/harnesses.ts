import { memory } from '@sm/core/memory'
import type { TransportContext } from '@sm/core/transport'
import type { TransportHarness } from '../src/harness.ts'
import { humble, limit } from './limited.ts'
import { Wire } from './wire.ts'
import { WiredTransport } from './wired.ts'

/** Patience for transports within one process. */
const limits = { deadlineMs: 300, quietMs: 10, largestFrameBytes: 64 * 1024, fillFrames: 200, caseTimeoutMs: 5_000 }

/** As many as the reference keeps. */
const deadLetters = { most: 1_000 }

const inMemory = (context: TransportContext) => memory.definition.create({ maxQueued: 64 }, context)

/** The transports that are in these tests: the reference, one that can do more, and two that can do less. */
export const bases = {
  memory: (): TransportHarness => ({ name: 'memory', open: inMemory, deadLetters, ...limits }),
  wired: (wire = new Wire()): TransportHarness => ({
    name: 'wired',
    open: context => new WiredTransport(wire, context),
    faults: {
      cut: () => wire.cut(),
      restore: () => wire.restore(),
      freeze: () => wire.freeze(),
      thaw: () => wire.thaw(),
      lose: () => wire.lose(),
    },
    deadLetters,
    ...limits,
  }),
  humble: (): TransportHarness => ({ name: 'humble', open: context => limit(inMemory(context), humble), ...limits }),
  publishOnly: (): TransportHarness => ({
    name: 'publish-only',
    open: context => limit(inMemory(context), { publishOnly: true }),
    ...limits,
  }),
} as const
