import type { Evidence } from '../contract/index.ts'
import { describeThrown, isSmError } from '../errors/index.ts'
import type { RouteStep } from '../routing/index.ts'
import { publishOutcome } from '../transport-kit/index.ts'

/** What a transport did that answered. `roundTripMs` is undefined where it did at once. */
export function takenStep(transport: string, evidence: Evidence, roundTripMs: number | undefined): RouteStep {
  return roundTripMs === undefined ? { transport, evidence } : { transport, evidence, roundTripMs }
}

/** What a transport did that failed. */
export function failedStep(transport: string, error: unknown): RouteStep {
  const code = isSmError(error) ? error.code : 'SM_PUBLISH_FAILED'
  return { transport, failure: { code, message: describeThrown(error), outcome: publishOutcome(error) } }
}
