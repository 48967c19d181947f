import { Apart, type Run } from './apart.ts'
import type { Profile } from './cpu-profile.ts'
import type { Effort, Growth, Ratio, Result, Scenario, Subject } from './scenario.ts'
import { median, slope, spread } from './statistics.ts'

const MiB = 1_048_576
const tenths = 10

/** A subject under measurement: its process, how much work a run is, and how its runs went. */
interface Lane {
  readonly subject: Subject
  readonly apart: Apart
  readonly ops: number
  readonly runs: Run[]
}

/** Measures all subjects of a scenario, in turns: whatever else the machine does meanwhile hits all of them alike. */
export async function measure(target: string, scenario: Scenario, effort: Effort): Promise<readonly Result[]> {
  const grows = scenario.question === 'growth'
  return withLanes(target, scenario, effort, async lanes => {
    for (let run = 0; run < (grows ? tenths : effort.runs); run++) {
      for (const { apart, ops, runs } of lanes) {
        const count = grows ? Math.ceil(effort.growthMessages / tenths) : ops
        runs.push(await apart.run(count, { latencies: scenario.question === 'latency', collects: grows }))
      }
    }
    const rates = new Map(lanes.map(({ subject, runs }) => [subject.system, ratesOf(runs)]))
    return lanes.map(lane => ({
      ...toResult(scenario.name, lane, rates),
      ...(grows && { growth: toGrowth(lane.runs, effort) }),
    }))
  })
}

/** Shows where the time of our own subjects goes. */
export async function profile(target: string, scenario: Scenario, effort: Effort): Promise<readonly Profile[]> {
  // What is held against others is ours to improve.
  const ours = { ...scenario, subjects: scenario.subjects.map(subject => (subject.against ? subject : undefined)) }
  return withLanes(target, ours, effort, async lanes => {
    const profiles: Profile[] = []
    for (const { subject, apart, ops } of lanes) {
      profiles.push({ ...(await apart.profile(ops * 4)), title: `${subject.system}, ${subject.delivery}` })
    }
    return profiles
  })
}

interface Cast {
  readonly name: string
  readonly subjects: ReadonlyArray<Subject | undefined>
}

async function withLanes<T>(
  target: string,
  { name: scenario, subjects }: Cast,
  { warmUpMs, runMs }: Effort,
  work: (lanes: readonly Lane[]) => Promise<T>,
): Promise<T> {
  const opened = subjects.flatMap((subject, index) =>
    subject ? [{ subject, apart: new Apart({ target, scenario, subject: index }) }] : [],
  )
  try {
    const lanes: Lane[] = []
    for (const { subject, apart } of opened) {
      const { opsPerSecond } = await apart.warmUp(warmUpMs)
      lanes.push({ subject, apart, ops: Math.max(1, Math.round((opsPerSecond * runMs) / 1_000)), runs: [] })
    }
    const result = await work(lanes)
    for (const { apart } of lanes) await apart.close()
    return result
  } finally {
    for (const { apart } of opened) apart.kill()
  }
}

interface Rates {
  readonly opsPerSecond: number
  readonly opsPerCpuSecond: number
}

function ratesOf(runs: readonly Run[]): Rates {
  return {
    opsPerSecond: median(runs.map(run => run.opsPerSecond)),
    opsPerCpuSecond: median(runs.map(run => run.opsPerCpuSecond)),
  }
}

function toRatio(own: Rates, against: Subject['against'], rates: ReadonlyMap<string, Rates>): Ratio | undefined {
  const other = against && rates.get(against.system)
  if (!other) return undefined
  return {
    to: against.system,
    value: own.opsPerSecond / other.opsPerSecond,
    cpuValue: own.opsPerCpuSecond / other.opsPerCpuSecond,
    ...(against.target !== undefined && { target: against.target }),
  }
}

function toResult(scenario: string, { subject, runs }: Lane, rates: ReadonlyMap<string, Rates>): Result {
  const { system, delivery, against } = subject
  const own = ratesOf(runs)
  const ratio = toRatio(own, against, rates)
  const p50s = runs.flatMap(({ p50us }) => p50us ?? [])
  const p99s = runs.flatMap(({ p99us }) => p99us ?? [])
  return {
    scenario,
    system,
    delivery,
    ...own,
    ...(p50s.length > 0 && { p50us: median(p50s), p99us: median(p99s) }),
    rssMiB: Math.max(...runs.map(({ rssBytes }) => rssBytes)) / MiB,
    ...(ratio && { ratio }),
    spread: spread(runs.map(run => run.opsPerSecond)),
  }
}

function toGrowth(runs: readonly Run[], { growthMessages }: Effort): Growth {
  const perTenth = Math.ceil(growthMessages / tenths)
  // The first tenth fills what is bounded (remembered ids, compiled code): that is no growth.
  const perMessage = (bytes: (run: Run) => number) =>
    slope(runs.map((run, i) => [(i + 1) * perTenth, bytes(run)] as const).slice(1))
  return {
    messages: perTenth * tenths,
    heapMiB: runs.map(({ heapBytes }) => heapBytes / MiB),
    rssMiB: runs.map(({ rssBytes }) => rssBytes / MiB),
    heapBytesPerMessage: perMessage(({ heapBytes }) => heapBytes),
    rssBytesPerMessage: perMessage(({ rssBytes }) => rssBytes),
  }
}
