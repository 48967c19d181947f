import { codecNamed, describeThrown } from '@sm/core/transport'
import { cases } from './cases/index.ts'
import type { ConformanceCase } from './conformance-case.ts'
import type { TransportHarness } from './harness.ts'
import { probe } from './probe.ts'
import { type CaseOutcome, type CaseResult, runCase } from './run-case.ts'

/** The codecs that the suite is run with: the default one, and one that is not JSON. */
export const suiteCodecs: readonly string[] = ['json', 'msgpack']

/** Options of {@link runSuite}. */
export interface SuiteOptions {
  /** Default: {@link suiteCodecs}. */
  readonly codecs?: readonly string[]
  /** Cases that run at once. Above 1 only for transports without a wire: a cut is felt by all. Default 1. */
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

/** The worse of two results of one rule. */
function worse(a: CaseResult, b: CaseResult): CaseResult {
  return severity.indexOf(b.result) > severity.indexOf(a.result) ? b : a
}

/** One result per rule, the worst of all codecs; what differs between codecs says so. */
function merge(runs: ReadonlyMap<string, readonly CaseResult[]>): readonly CaseResult[] {
  const [first = [], ...others] = [...runs].map(([codec, results]) => results.map(result => ({ codec, result })))
  return first.map((entry, i) => {
    const all = [entry, ...others.map(run => run[i] as typeof entry)]
    const worst = all.map(({ result }) => result).reduce(worse)
    const same = all.every(({ result }) => result.result === worst.result)
    const codec = all.find(({ result }) => result === worst)?.codec
    return same || worst.reason === undefined ? worst : { ...worst, reason: `${worst.reason} (with ${codec})` }
  })
}

/** Runs the suite on a transport, once per codec, without a test runner. Never throws for what the transport does. */
export async function runSuite(harness: TransportHarness, options: SuiteOptions = {}): Promise<SuiteReport> {
  const { codecs = suiteCodecs, atOnce = 1, cases: chosen = cases } = options
  let subject: Awaited<ReturnType<typeof probe>>
  try {
    subject = await probe(harness)
  } catch (error) {
    if (error instanceof TypeError) throw error
    const reason = `It could not be tried: ${describeThrown(error)}`
    return {
      transport: harness.name,
      rules: chosen.map(({ id, title }) => ({ id, title, result: 'fail', reason, error })),
    }
  }
  const runs = new Map<string, readonly CaseResult[]>()
  for (const name of codecs) {
    const setting = { harness, subject, codec: codecNamed(name) }
    const results: CaseResult[] = []
    const waiting = [...chosen.entries()]
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await runCase(next[1], setting)
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    runs.set(name, results)
  }
  return { transport: harness.name, rules: merge(runs) }
}
