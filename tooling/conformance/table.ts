import type { CaseResult, SuiteReport } from '../../packages/transport-conformance/src/suite.ts'

/** The values that an assertion compares follow on further lines: the first says what is wrong. */
const firstLine = (text = '') => text.split('\n', 1)[0]

function cell({ result, reason }: CaseResult): string {
  return result === 'not run' ? `not run (${firstLine(reason)})` : result
}

/** The reports as a table, a row for each rule and a column for each transport; below it, why some did not pass. */
export function formatReports(reports: readonly SuiteReport[]): string {
  const ids = reports[0]?.rules.map(({ id }) => id) ?? []
  const rows = [
    ['rule', ...reports.map(({ transport }) => transport)],
    ...ids.map((id, i) => [id, ...reports.map(({ rules }) => cell(rules[i] as CaseResult))]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => (row[column] as string).length))) ?? []
  const lines = rows.map(row =>
    row
      .map((text, column) => text.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  )
  return [...lines, '', ...reports.flatMap(reasons), ...reports.map(count)].join('\n')
}

function reasons({ transport, rules }: SuiteReport): readonly string[] {
  const told = rules.filter(({ result, reason }) => reason !== undefined && result !== 'not run')
  const lines = told.map(({ id, result, reason }) => `  ${id} ${result}: ${firstLine(reason)}`)
  return lines.length === 0 ? [] : [`${transport}:`, ...lines, '']
}

function count({ transport, rules }: SuiteReport): string {
  const outcomes = ['pass', 'else', 'fail', 'not run'] as const
  const counts = outcomes.map(outcome => `${rules.filter(({ result }) => result === outcome).length} ${outcome}`)
  return `${transport}: ${counts.join(', ')}`
}

/** The reports for programs: what was thrown is left out. */
export function toJson(reports: readonly SuiteReport[]): string {
  const plain = reports.map(({ transport, rules }) => ({
    transport,
    rules: rules.map(({ error, ...rule }) => rule),
  }))
  return `${JSON.stringify(plain, null, 2)}\n`
}
