import { Apart, type Assignment, type Run } from './apart.ts'
import type { Profile } from './profile.ts'
import type { Aim, Effort, Growth, JudgedAim, Ratio, Result, Scenario, Skipped, Subject } from './scenario.ts'
import { median, middleHalf, slope, spread } from './statistics.ts'
import { verdictOf } from './verdict.ts'

const MiB = 1_048_576
const tenths = 10

/** A subject under measurement: its process, how much work a run is, and how its runs went. */
interface MeasuredSubject {
  readonly subject: Subject
  readonly apart: Apart
  readonly ops: number
  readonly runs: Run[]
}

/** The results of a scenario. */
export interface Measured {
  readonly results: readonly Result[]
  readonly skipped: readonly Skipped[]
}

export interface MeasureOptions {
  readonly target: string
  readonly effort: Effort
  /** The needs of subjects that this machine has not, with the reason. */
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
    const all = new Map(
      subjects.map(({ subject, runs }) => [nameOf(subject), { figures: figuresOf(scenario, runs), runs }]),
    )
    return subjects.map(measured => ({
      ...toResult(scenario, measured, all, effort),
      ...(grows && { growth: toGrowth(measured.runs, effort) }),
    }))
  })
  return { results, skipped }
}

/** Shows where the time of our own subjects goes. */
export async function profile(scenario: Scenario, options: MeasureOptions): Promise<readonly Profile[]> {
  // A subject that is held against others is ours to improve.
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
    chosen(subject) ? [{ subject, apart: new Apart(assignmentOf(target, name, subject, index)) }] : [],
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

/** A subject of another checkout runs that checkout's code. */
function assignmentOf(target: string, scenario: string, { place }: Subject, index: number): Assignment {
  if (place === undefined) return { target, scenario, subject: index }
  return { target, scenario, subject: place.index, directory: place.directory }
}

/** Warms up, and says how many operations a run is to have. */
async function opsOfRun(apart: Apart, { firstOps = 100 }: Scenario, effort: Effort): Promise<number> {
  const { opsPerSecond } = await apart.warmUp(firstOps, effort.warmUpMs)
  return Math.max(1, Math.round((opsPerSecond * effort.runMs) / 1_000))
}

/** The figures that a subject can be judged by. */
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

/** The measurements of each subject, by {@link nameOf}. */
type All = ReadonlyMap<string, { readonly figures: Figures; readonly runs: readonly Run[] }>

const nameOf = ({ system, delivery }: Pick<Subject, 'system' | 'delivery'>) => `${system}, ${delivery}`

/** A system that a subject is held against: at the same delivery level where it takes part at several. */
function find(all: All, system: string, delivery: Subject['delivery']) {
  const same = all.get(nameOf({ system, delivery }))
  return same ?? [...all].find(([name]) => name.startsWith(`${system}, `))?.[1]
}

function toResult(scenario: Scenario, measured: MeasuredSubject, all: All, effort: Effort): Result {
  const { system, delivery, aims } = measured.subject
  const own = figuresOf(scenario, measured.runs)
  const ratio = toRatio(measured, all, effort)
  const judged = aims?.flatMap(aim => judge(aim, own, delivery, all, effort) ?? [])
  return {
    scenario: scenario.name,
    system,
    delivery,
    ...own,
    ...(ratio && { ratio }),
    ...(judged && judged.length > 0 && { aims: judged }),
  }
}

/** Round by round: two runs that followed each other met the same machine. */
function toRatio({ subject, runs }: MeasuredSubject, all: All, effort: Effort): Ratio | undefined {
  const { against, delivery } = subject
  if (!against) return undefined
  const other = find(all, against.system, delivery)
  if (!other?.figures.opsPerSecond || !other.figures.opsPerCpuSecond) return undefined
  const rounds = (figure: 'opsPerSecond' | 'opsPerCpuSecond') =>
    runs.map((run, i) => run[figure] / (other.runs[i] as Run)[figure])
  const [rates, cpuRates] = [rounds('opsPerSecond'), rounds('opsPerCpuSecond')]
  const [range, cpuRange] = [middleHalf(rates), middleHalf(cpuRates)]
  const { target, by } = against
  const judged = by === 'processor' ? cpuRange : range
  return {
    to: against.system,
    value: median(rates),
    cpuValue: median(cpuRates),
    range,
    cpuRange,
    ...(target !== undefined && { target }),
    ...(target !== undefined && effort.judges && { verdict: verdictOf(judged, target, Number.POSITIVE_INFINITY) }),
  }
}

/** Undefined where a figure is missing: what was not measured is neither met nor missed. */
function judge(aim: Aim, own: Figures, delivery: Subject['delivery'], all: All, effort: Effort): JudgedAim | undefined {
  const { figure, of, atLeast = 0, atMost = Number.POSITIVE_INFINITY } = aim
  const figures = [own[figure], of === undefined ? 1 : find(all, of, delivery)?.figures[figure]] as const
  if (figures[0] === undefined || figures[1] === undefined) return undefined
  const value = figures[0] / figures[1]
  // A figure over all rounds has no middle half of its own: it is as sure as its rounds are close.
  const doubt = own.spread === undefined ? 0 : own.spread / 4
  const range = [value * (1 - doubt), value * (1 + doubt)] as const
  return { ...aim, value, ...(effort.judges && { verdict: verdictOf(range, atLeast, atMost) }) }
}

/** Heap that may be added per message in a process that counts as flat: remembering as much as an id would cost 50. */
const flatBytesPerMessage = 1

function toGrowth(runs: readonly Run[], { growthMessages, judges }: Effort): Growth {
  const perTenth = Math.ceil(growthMessages / tenths)
  // The first tenth fills what is bounded (remembered ids, compiled code): that is no growth.
  const perMessage = (bytes: (run: Run) => number) =>
    slope(runs.map((run, i) => [(i + 1) * perTenth, bytes(run)] as const).slice(1))
  const heapBytesPerMessage = perMessage(({ heapBytes }) => heapBytes)
  const verdict = heapBytesPerMessage <= flatBytesPerMessage ? 'met' : 'MISSED'
  return {
    messages: perTenth * tenths,
    atMostBytesPerMessage: flatBytesPerMessage,
    ...(judges && { verdict }),
    heapMiB: runs.map(({ heapBytes }) => heapBytes / MiB),
    rssMiB: runs.map(({ rssBytes }) => rssBytes / MiB),
    heapBytesPerMessage,
    rssBytesPerMessage: perMessage(({ rssBytes }) => rssBytes),
  }
}
