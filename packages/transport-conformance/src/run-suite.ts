import { codecNamed, describeThrown } from '@sm/core/transport'
// Registers the codec of the second run.
import '@sm/core/msgpack'
import { cases } from './cases/index.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { checkDeviations } from './deviations.ts'
import { setUp, type TransportHarness } from './harness.ts'
import { wire } from './needs.ts'
import { probe } from './probe.ts'
import { type CaseOutcome, type CaseResult, type CaseSetting, runCase } from './run-case.ts'
import type { Subject } from './subject.ts'

/** The codecs that the suite is run with: the default one, and one that is not JSON. */
export const suiteCodecs: readonly string[] = ['json', 'msgpack']

/** Options of {@link runSuite}. */
export interface SuiteOptions {
  /** Default: {@link suiteCodecs}. */
  readonly codecs?: readonly string[]
  /** Cases that run at once. Those that cut the wire run alone in any case. Default 1. */
  readonly atOnce?: number
  /** Default: all. */
  readonly cases?: readonly ConformanceCase[]
}

/** How a transport came out. */
export interface SuiteReport {
  readonly transport: string
  readonly rules: readonly CaseResult[]
}

const severity: readonly CaseOutcome[] = ['pass', 'else', 'not run', 'fail']

/** The worst of the results that one rule has with each codec; it says with which, where they differ. */
function worstOf(results: ReadonlyMap<string, CaseResult>): CaseResult {
  const [first, ...others] = [...results]
  if (!first) throw new TypeError('The suite was run with no codec')
  const rank = ({ result }: CaseResult) => severity.indexOf(result)
  const [codec, worst] = others.reduce((a, b) => (rank(b[1]) > rank(a[1]) ? b : a), first)
  const same = others.every(([, other]) => rank(other) === rank(first[1]))
  return same ? worst : { ...worst, reason: `with ${codec}: ${worst.reason}` }
}

async function runAll(chosen: readonly ConformanceCase[], setting: CaseSetting, atOnce: number) {
  const results = new Map<ConformanceCase, CaseResult>()
  const run = async (waiting: ConformanceCase[]) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.set(next, await runCase(next, setting))
  }
  const cuts = (rule: ConformanceCase) => rule.needs?.includes(wire) === true
  const calm = chosen.filter(rule => !cuts(rule))
  await Promise.all(Array.from({ length: atOnce }, () => run(calm)))
  // A cut is felt by all that share the wire.
  await run(chosen.filter(cuts))
  return results
}

/** Runs the suite on a transport, once per codec, without a test runner. Never throws for what the transport does. */
export async function runSuite(harness: TransportHarness<unknown>, options: SuiteOptions = {}): Promise<SuiteReport> {
  const { codecs = suiteCodecs, atOnce = 1, cases: chosen = cases } = options
  checkDeviations(harness)
  const all = (result: CaseOutcome, reason: string, error: unknown): readonly CaseResult[] =>
    chosen.map(({ id, title }) => ({ id, title, result, reason: `${reason}: ${describeThrown(error)}`, error }))
  const rules = async (): Promise<readonly CaseResult[]> => {
    let ready: TransportHarness
    try {
      ready = await setUp(harness)
    } catch (error) {
      return all('not run', 'What it needs is not there', error)
    }
    try {
      return await runCodecs(ready, await probe(ready), codecs, chosen, atOnce)
    } catch (error) {
      return all('fail', 'It could not be tried', error)
    }
  }
  try {
    return { transport: harness.name, rules: await rules() }
  } finally {
    await harness.tearDown?.()
  }
}

async function runCodecs(
  harness: TransportHarness,
  subject: Subject,
  codecs: readonly string[],
  chosen: readonly ConformanceCase[],
  atOnce: number,
): Promise<readonly CaseResult[]> {
  const runs = new Map<string, ReadonlyMap<ConformanceCase, CaseResult>>()
  for (const name of codecs) runs.set(name, await runAll(chosen, { harness, subject, codec: codecNamed(name) }, atOnce))
  const resultsOf = (rule: ConformanceCase) =>
    new Map([...runs].map(([codec, results]) => [codec, results.get(rule) as CaseResult]))
  return chosen.map(rule => worstOf(resultsOf(rule)))
}
