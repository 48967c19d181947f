import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Conditions } from '../../apps/bench/src/conditions.ts'
import type { Result } from '../../apps/bench/src/scenario.ts'
import { root } from '../workspace/root.ts'
import { code, table } from './page.ts'

/** The file that `pnpm bench TARGET --json FILE` has written. */
export interface BenchmarkFile {
  readonly target: string
  readonly conditions: Conditions
  readonly results: readonly Result[]
}

/** Where those files are kept: `pnpm bench redis --json docs/data/bench/redis.json`. */
const benchmarkDirectory = 'docs/data/bench'

/** The benchmarks that were kept, by the wire that they measured. */
export function benchmarkFiles(base: string = root): readonly BenchmarkFile[] {
  return globSync(`${benchmarkDirectory}/*.json`, { cwd: base })
    .sort()
    .map(path => ({ ...JSON.parse(readFileSync(join(base, path), 'utf8')), target: basename(path, '.json') }))
}

function ours(results: readonly Result[], scenario: RegExp, delivery: string): Result | undefined {
  return results.find(
    each =>
      scenario.test(each.scenario) &&
      each.delivery === delivery &&
      (each.system === 'smartmessage' || each.system === `smartmessage ${delivery}`),
  )
}

/** Two figures of it: more would say what the measurement does not. */
function rounded(value: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1)
  return (Math.round(value / step) * step).toLocaleString('en')
}

const rate = (result: Result | undefined) => (result?.opsPerSecond === undefined ? '' : rounded(result.opsPerSecond))

function time(us: number | undefined): string {
  if (us === undefined) return ''
  return us < 10 ? `${us.toFixed(1)} µs` : us < 1_000 ? `${rounded(us)} µs` : `${(us / 1_000).toFixed(1)} ms`
}

function row({ target, results }: BenchmarkFile): readonly string[] {
  const oneWay = /^one-way 128 B( to 1)?$/
  const request = ours(results, /^request 128 B, 1 in flight$/, 'at-most-once')
  const many = ours(results, /^request 128 B, 64 in flight$/, 'at-most-once')
  return [
    code(target),
    rate(ours(results, oneWay, 'at-most-once')),
    rate(ours(results, oneWay, 'at-least-once')),
    time(request?.p50us),
    time(request?.p99us),
    rate(many),
  ]
}

function conditionsText({ target, conditions }: BenchmarkFile): string {
  const { date, node, platform, processor, memoryGiB } = conditions
  return `- ${code(target)}: ${date}, Node ${node}, ${platform}, ${processor}, ${memoryGiB} GiB: ${code(`pnpm bench ${target} --json ${benchmarkDirectory}/${target}.json`)}`
}

/** The figures of each wire that was measured, and on what. Throws when a file has none of the scenarios. */
export function measuredTable(files: readonly BenchmarkFile[]): string {
  const rows = files.map(row)
  const empty = rows.find(cells => cells.slice(1).some(cell => cell === ''))
  if (empty) throw new Error(`The benchmark of ${empty[0]} lacks a scenario of the table: run it without --scenario`)
  const heads = [
    'wire',
    'at most once, msg/s',
    'at least once, msg/s',
    'request p50',
    'request p99',
    'requests/s, 64 at once',
  ]
  return [table(heads, rows), files.map(conditionsText).join('\n')].join('\n\n')
}
