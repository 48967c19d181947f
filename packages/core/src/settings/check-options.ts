import { type AgentErrorCode, smError } from '../errors/index.ts'
import { strayOption } from '../kernel/index.ts'
import type { Durability } from './options.ts'
/** Throws `code` for an option that is not a number of `min` or more. */
export function requireNumber(code: AgentErrorCode, name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value
  throw smError(code, `The option ${name} is ${JSON.stringify(value)}, which is not a number of ${min} or more`, {
    details: { option: name },
  })
}

/** Longest wait of one call, in milliseconds: a year, beyond which a deadline is a slip of the pen. */
const maxTimeoutMs = 31_536_000_000

/** Throws `SM_AGENT_OPTIONS` for a wait that is not above 0 and within a year. */
export function requireTimeout(option: string, timeoutMs: number): number {
  if (typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= maxTimeoutMs) return timeoutMs
  // JSON would show NaN and Infinity as null.
  const shown = typeof timeoutMs === 'number' ? timeoutMs : JSON.stringify(timeoutMs)
  throw smError('SM_AGENT_OPTIONS', `The option ${option} is ${shown}, which is not above 0 and within a year`, {
    details: { option, outcome: 'failed' },
  })
}

/** Throws `code` for an option that there is not: a slip in a name would leave a default in force. */
export function requireKnown(code: AgentErrorCode, what: string, options: object, known: ReadonlySet<string>): void {
  const stray = strayOption(options, known)
  if (stray === undefined) return
  throw smError(code, `${what} has no option ${JSON.stringify(stray)} (it has ${[...known].join(', ')})`, {
    details: { option: stray, outcome: 'failed' },
  })
}

/** The value of an option that has few, or `fallback`. Throws `code` for another. */
export function oneOf<T>(
  code: AgentErrorCode,
  name: string,
  value: T | undefined,
  choices: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback
  if (choices.includes(value)) return value
  throw smError(code, `The option ${name} is ${JSON.stringify(value)}, which is none of ${choices.join(', ')}`, {
    details: { option: name },
  })
}

/** All values of {@link Durability}. */
export const durabilities: readonly Durability[] = [true, false, 'required', 'preferred']
