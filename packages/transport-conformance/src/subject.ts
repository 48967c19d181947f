import type { Capabilities } from '@sm/core/transport'
import type { DeadLetterAccess, HarnessLimits, WireFaults } from './harness.ts'

/** Facts of a transport that are known before a case is run. */
export interface Subject {
  readonly capabilities: Capabilities
  readonly faults: WireFaults | undefined
  readonly deadLetters: DeadLetterAccess | undefined
  readonly limits: HarnessLimits
}
