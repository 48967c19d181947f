import { type Codec, type DeliveryLevel, describeThrown } from '@sm/core/transport'
import { type ConformanceCase, NotApplicable } from './conformance-case.ts'
import { Environment, levelsOf } from './environment.ts'
import { guarded } from './guard.ts'
import type { TransportHarness } from './harness.ts'
import { Patience } from './patience.ts'
import type { Subject } from './subject.ts'

/**
 * How a rule came out: it holds (`pass`); the transport declares that it does not apply or that it deviates, and what
 * holds instead was shown (`else`); it is broken (`fail`); or nothing could be shown (`not run`).
 */
export type CaseOutcome = 'pass' | 'else' | 'fail' | 'not run'

/** The result of one case. */
export interface CaseResult {
  readonly id: string
  readonly title: string
  readonly result: CaseOutcome
  /** There unless it passed. */
  readonly reason?: string
  /** The error of a case that failed. */
  readonly error?: unknown
}

/** The environment of a case. */
export interface CaseSetting {
  readonly harness: TransportHarness
  readonly subject: Subject
  readonly codec: Codec
}

type Action = (env: Environment) => Promise<void>

/** Runs an action in an environment of its own; the error that it ended with, if any. */
async function attempt(
  { harness, subject, codec }: CaseSetting,
  action: Action,
  level?: DeliveryLevel,
): Promise<unknown> {
  const env = new Environment(harness, subject, codec, level)
  const patience = new Patience({ deadlineMs: subject.limits.caseTimeoutMs, quietMs: 0 })
  let thrown: unknown
  const uncaught = await guarded(async () => {
    try {
      await patience.within('the case ends', action(env))
    } catch (error) {
      thrown = error ?? new Error('It threw nothing at all')
    } finally {
      await env.close()
    }
  })
  if (thrown !== undefined || !uncaught) return thrown
  return new Error(`It left a fault that nobody caught: ${describeThrown(uncaught.error)}`, { cause: uncaught.error })
}

/** Runs a rule at the strongest level, or at each, until it is broken. */
async function attemptAtLevels(rule: ConformanceCase, setting: CaseSetting): Promise<unknown> {
  const run = (env: Environment) => rule.run(env)
  const levels = levelsOf(setting.subject.capabilities)
  if (!rule.atEachLevel || levels.length < 2) return attempt(setting, run)
  for (const level of levels) {
    const error = await attempt(setting, run, level)
    if (error === undefined) continue
    if (error instanceof Error) error.message = `Sent ${level}: ${error.message}`
    return error
  }
  return undefined
}

/** Runs one case and says how it came out. Never throws. */
export async function runCase(rule: ConformanceCase, setting: CaseSetting): Promise<CaseResult> {
  const { id, title } = rule
  const { subject, harness } = setting
  const fail = (error: unknown): CaseResult => ({ id, title, result: 'fail', reason: describeThrown(error), error })
  for (const need of rule.needs ?? []) {
    const reason = need.unmet(subject)
    if (reason === undefined) continue
    if (!need.otherwise) return { id, title, result: 'not run', reason }
    const error = await attempt(setting, need.otherwise)
    return error === undefined ? { id, title, result: 'else', reason } : fail(error)
  }
  const error = await attemptAtLevels(rule, setting)
  if (error instanceof NotApplicable) {
    return { id, title, result: error.shown ? 'else' : 'not run', reason: error.message }
  }
  const deviation = harness.deviations?.[id]
  if (deviation !== undefined) return deviated(rule, deviation, error)
  return error === undefined ? { id, title, result: 'pass' } : fail(error)
}

/** The rule was run all the same, so that the table shows what is, and not what was once declared. */
function deviated({ id, title }: ConformanceCase, deviation: string, error: unknown): CaseResult {
  if (error === undefined) return { id, title, result: 'pass', reason: `though declared as a deviation: ${deviation}` }
  return { id, title, result: 'else', reason: `declared deviation: ${deviation}` }
}
