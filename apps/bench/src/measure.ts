import { Apart, type Run } from './apart.ts'
import type { Profile } from './profile.ts'
import type { Aim, Effort, Growth, JudgedAim, Ratio, Result, Scenario, Skipped, Subject } from './scenario.ts'
import { median, slope, spread } from './statistics.ts'

const MiB = 1_048_576
const tenths = 10

/** A subject under measurement: its process, how much work a run is, and how its runs went. */
interface MeasuredSubject {
  readonly subject: Subject
  readonly apart: Apart
  readonly ops: number
  readonly runs: Run[]
}

/** What a scenario came to. */
export interface Measured {
  readonly results: readonly Result[]
  readonly skipped: readonly Skipped[]
}

export interface MeasureOptions {
  readonly target: string
  readonly effort: Effort
  /** What subjects need and this machine has not, with the reason. */
  readonly absent: ReadonlyMap<string, string>
}

/** Measures all subjects of a scenario, in turns: whatever else the machine does meanwhile hits all of them alike. */
export async function measure(scenario: Scenario, options: MeasureOptions): Promise<Measured> {
  const { effort, absent } = options
  const grows = scenario.question === 'growth'
  const skipped = scenario.subjects.flatMap(({ system, delivery, needs }): Skipped[] => {
    const reason = needs === undefined ? undefined : absent.get(needs)
    return reason === undefined ? [] : [{ scenario: scenario.name, system, delivery, reason }]
  })
  const present = (subject: Subject) => subject.needs === undefined || !absent.has(subject.needs)
  const results = await withSubjects(scenario, present, options, async subjects => {
    for (let run = 0; run < (grows ? tenths : effort.runs); run++) {
      for (const { apart, ops, runs } of subjects) {
        const count = grows ? Math.ceil(effort.growthMessages / tenths) : ops
        const latencies = scenario.question === 'latency' || scenario.question === 'first'
        runs.push(await apart.run(count, { latencies, collects: grows }))
      }
    }
    const figures = new Map(subjects.map(({ subject, runs }) => [subject.system, figuresOf(scenario, runs)]))
    return subjects.map(measured => ({
      ...toResult(scenario, measured, figures),
      ...(grows && { growth: toGrowth(measured.runs, effort) }),
    }))
  })
  return { results, skipped }
}

/** Shows where the time of our own subjects goes. */
export async function profile(scenario: Scenario, options: MeasureOptions): Promise<readonly Profile[]> {
  // What is held against others is ours to improve.
  const ours = ({ against }: Subject) => against !== undefined
  return withSubjects(scenario, ours, options, async subjects => {
    const profiles: Profile[] = []
    for (const { subject, apart, ops } of subjects) {
      for (const taken of await apart.profile(ops * 4)) {
        profiles.push({ ...taken, title: `${subject.system}, ${subject.delivery}${taken.title}` })
      }
    }
    return profiles
  })
}

async function withSubjects<T>(
  scenario: Scenario,
  chosen: (subject: Subject) => boolean,
  { target, effort }: MeasureOptions,
  work: (subjects: readonly MeasuredSubject[]) => Promise<T>,
): Promise<T> {
  const { name, question, subjects } = scenario
  const opened = subjects.flatMap((subject, index) =>
    chosen(subject) ? [{ subject, apart: new Apart({ target, scenario: name, subject: index }) }] : [],
  )
  try {
    const subjects: MeasuredSubject[] = []
    for (const { subject, apart } of opened) {
      const ops = question === 'first' || question === 'idle' ? 1 : await opsOfRun(apart, scenario, effort)
      subjects.push({ subject, apart, ops, runs: [] })
    }
    const result = await work(subjects)
    for (const { apart } of subjects) await apart.close()
    return result
  } finally {
    for (const { apart } of opened) apart.kill()
  }
}

/** Warms up, and says how many operations a run is to have. */
async function opsOfRun(apart: Apart, { firstOps = 100 }: Scenario, effort: Effort): Promise<number> {
  const { opsPerSecond } = await apart.warmUp(firstOps, effort.warmUpMs)
  return Math.max(1, Math.round((opsPerSecond * effort.runMs) / 1_000))
}

/** What a subject can be judged by. */
type Figures = Pick<Result, 'opsPerSecond' | 'opsPerCpuSecond' | 'p50us' | 'p99us' | 'rssMiB' | 'farRssMiB' | 'spread'>

function figuresOf({ question }: Scenario, runs: readonly Run[]): Figures {
  const p50s = runs.flatMap(({ p50us }) => p50us ?? [])
  const p99s = runs.flatMap(({ p99us }) => p99us ?? [])
  const fars = runs.flatMap(({ farRssBytes }) => farRssBytes ?? [])
  const rates = runs.map(({ opsPerSecond }) => opsPerSecond)
  const rated = question !== 'first' && question !== 'idle'
  return {
    ...(rated && {
      opsPerSecond: median(rates),
      opsPerCpuSecond: median(runs.map(({ opsPerCpuSecond }) => opsPerCpuSecond)),
    }),
    ...(p50s.length > 0 && { p50us: median(p50s), p99us: median(p99s) }),
    ...(question === 'idle'
      ? // What idles lives elsewhere: this process measures.
        { rssMiB: Math.max(...fars) / MiB }
      : {
          rssMiB: Math.max(...runs.map(({ rssBytes }) => rssBytes)) / MiB,
          ...(fars.length > 0 && { farRssMiB: Math.max(...fars) / MiB }),
        }),
    spread: spread(question === 'first' ? p50s : question === 'idle' ? fars : rates),
  }
}

function toResult(scenario: Scenario, { subject, runs }: MeasuredSubject, all: ReadonlyMap<string, Figures>): Result {
  const { system, delivery, against, aims } = subject
  const own = figuresOf(scenario, runs)
  const ratio = toRatio(own, against, all)
  const judged = aims?.flatMap(aim => judge(aim, own, all) ?? [])
  return {
    scenario: scenario.name,
    system,
    delivery,
    ...own,
    ...(ratio && { ratio }),
    ...(judged && judged.length > 0 && { aims: judged }),
  }
}

function toRatio(own: Figures, against: Subject['against'], all: ReadonlyMap<string, Figures>): Ratio | undefined {
  if (!against) return undefined
  const other = all.get(against.system)
  if (!other?.opsPerSecond || !other.opsPerCpuSecond || !own.opsPerSecond || !own.opsPerCpuSecond) return undefined
  return {
    to: against.system,
    value: own.opsPerSecond / other.opsPerSecond,
    cpuValue: own.opsPerCpuSecond / other.opsPerCpuSecond,
    ...(against.target !== undefined && { target: against.target }),
  }
}

/** Undefined where a figure is missing: what was not measured is neither met nor missed. */
function judge(aim: Aim, own: Figures, all: ReadonlyMap<string, Figures>): JudgedAim | undefined {
  const { figure, of, atLeast = 0, atMost = Number.POSITIVE_INFINITY } = aim
  const figures = [own[figure], of === undefined ? 1 : all.get(of)?.[figure]] as const
  if (figures[0] === undefined || figures[1] === undefined) return undefined
  const value = figures[0] / figures[1]
  return { ...aim, value, met: value >= atLeast && value <= atMost }
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
