import type { FaultRecord, History } from './history/history.ts'
import { faultLine } from './history/lines.ts'
import type { Violation } from './invariants/violation.ts'

/** What came of a run. */
export interface SimulationReport {
  readonly seed: number
  /** A short text that two runs share only if they are the same to the last event. */
  readonly hash: string
  readonly history: History
  /** Rules that the run has broken. Empty when all is well. */
  readonly violations: readonly Violation[]
  /** How many timers ran. */
  readonly events: number
}

/** Most broken rules that a text shows, and most lines of each. */
const maxViolations = 5
const maxLines = 12

function violationText({ rule, what, lines }: Violation): string {
  const more = lines.length > maxLines ? [`… and ${lines.length - maxLines} more lines`] : []
  return [`${rule}: ${what}`, ...[...lines.slice(0, maxLines), ...more].map(line => `    ${line}`)].join('\n')
}

/** The faults of a run as a text for people. */
export function faultsText(faults: readonly FaultRecord[]): string {
  return faults.map(fault => `    ${faultLine(fault)}`).join('\n')
}

/** A run that failed, as a text for people: what was broken, under which faults, and the command that shows it again. */
export function failureText({ history, violations }: SimulationReport, which: string, command: string): string {
  const shown = violations.slice(0, maxViolations).map(violationText)
  const rest = violations.length > maxViolations ? [`… and ${violations.length - maxViolations} more`] : []
  const faults = history.faults.length > 0 ? [`Faults:\n${faultsText(history.faults)}`] : ['There were no faults.']
  const head = `${which} broke ${violations.length === 1 ? 'a rule' : `rules ${violations.length} times`}. To replay it:`
  const end = 'The run is the same each time.'
  return [head, '', `    ${command}`, '', ...shown, ...rest, ...faults, end].join('\n')
}
