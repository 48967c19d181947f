import type { Profile } from './profile.ts'
import type { Growth, JudgedAim, Result, Skipped } from './scenario.ts'

const columns = [
  'system',
  'delivery',
  'op/s',
  'spread',
  'op/CPU s',
  'p50 µs',
  'p99 µs',
  'RSS MiB',
  'far',
  'ratio',
  'by CPU',
  'target',
] as const

/** A rate that can be read at a glance: 1.61 M, 93 k. */
function rate(value: number | undefined): string {
  if (value === undefined) return ''
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  return value >= 1e4 ? `${Math.round(value / 1e3)} k` : String(Math.round(value))
}

/** A ratio with the middle half of its rounds: `0.71 (0.68 … 0.74)`. */
const between = (value: number, [low, high]: readonly [number, number]) =>
  `${value.toFixed(2)} (${low.toFixed(2)} … ${high.toFixed(2)})`

function ratioCells({ ratio }: Result): readonly string[] {
  if (!ratio) return ['', '', '']
  const { to, value, cpuValue, range, cpuRange, target, verdict } = ratio
  const aim = target === undefined ? '' : `≥ ${target}${verdict === undefined ? '' : ` ${verdict}`}`
  return [`${between(value, range)} of ${to}`, between(cpuValue, cpuRange), aim]
}

function cells(result: Result): readonly string[] {
  const { system, delivery, opsPerSecond, opsPerCpuSecond, p50us, p99us, rssMiB, farRssMiB, spread } = result
  return [
    system,
    delivery,
    rate(opsPerSecond),
    spread === undefined ? '' : `${Math.round(spread * 100)} %`,
    rate(opsPerCpuSecond),
    p50us?.toFixed(2) ?? '',
    p99us?.toFixed(2) ?? '',
    rssMiB?.toFixed(0) ?? '',
    farRssMiB?.toFixed(0) ?? '',
    ...ratioCells(result),
  ]
}

/** The results of one scenario as a table, with targets beside the figures. */
export function toTable(scenario: string, results: readonly Result[], skipped: readonly Skipped[] = []): string {
  const rows = [columns, ...results.map(cells)]
  const widths = columns.map((_, column) => Math.max(...rows.map(row => (row[column] as string).length)))
  const lines = rows.map(row =>
    // Words to the left, figures to the right.
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  )
  const notes = results.flatMap(result => [
    ...(result.growth ? toGrowthLines(result, result.growth) : []),
    ...(result.aims ?? []).map(aim => `${result.system}, ${result.delivery}: ${toAimText(aim)}`),
  ])
  const absences = skipped.map(({ system, reason }) => `${system}: not run, ${reason}`)
  return ['', `# ${scenario}`, ...lines, ...absences, ...notes].join('\n')
}

const figureNames: Readonly<Record<JudgedAim['figure'], readonly [name: string, unit: string]>> = {
  opsPerSecond: ['rate', 'op/s'],
  p50us: ['p50', 'µs'],
  p99us: ['p99', 'µs'],
  rssMiB: ['RSS', 'MiB'],
  farRssMiB: ['RSS of the far end', 'MiB'],
}

function toAimText({ figure, of, atLeast, atMost, value, verdict }: JudgedAim): string {
  const [name, unit] = figureNames[figure]
  const amount = of === undefined ? `${value.toFixed(0)} ${unit}` : `${value.toFixed(2)} of ${of}`
  const bounds = [atLeast === undefined ? [] : `≥ ${atLeast}`, atMost === undefined ? [] : `≤ ${atMost}`].flat()
  return `${name} ${amount}, ${bounds.join(' and ')}: ${verdict ?? 'not judged'}`
}

function toGrowthLines({ system, delivery }: Result, growth: Growth): readonly string[] {
  const { messages, heapMiB, rssMiB, heapBytesPerMessage, rssBytesPerMessage, atMostBytesPerMessage, verdict } = growth
  const line = (what: string, sizes: readonly number[], perMessage: number) =>
    `  ${what} MiB after each tenth: ${sizes.map(size => size.toFixed(1)).join(' ')}; slope ${perMessage.toFixed(3)} bytes per message`
  return [
    `${system}, ${delivery}, ${messages} messages: heap grows ≤ ${atMostBytesPerMessage} byte per message: ${verdict ?? 'not judged'}`,
    line('heap', heapMiB, heapBytesPerMessage),
    line('RSS', rssMiB, rssBytesPerMessage),
  ]
}

/** The hottest functions of one subject. */
export function toProfileTable(scenario: string, { title, opsPerSecond, hottest }: Profile): string {
  const lines = hottest.map(
    ({ where, part, nsPerOp, totalPart }) =>
      `${(part * 100).toFixed(1).padStart(5)} %  ${(totalPart * 100).toFixed(1).padStart(5)} %  ${nsPerOp.toFixed(0).padStart(6)} ns/op  ${where}`,
  )
  return [
    '',
    `# ${scenario}: ${title}, ${rate(opsPerSecond)} op/s under the profiler`,
    'alone, with what it calls, alone per operation',
    ...lines,
  ].join('\n')
}
