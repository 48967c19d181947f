import { simulationError } from '../errors.ts'
import { observe } from '../observe.ts'
import { failureText, type SimulationReport } from '../report.ts'
import { startMs } from '../world.ts'
import { type Chooser, ChoosingLoop, cutShort } from './choosing-loop.ts'
import { OneFault } from './one-fault.ts'
import { type ExplorationOptions, type ExplorationSettings, toExploration } from './options.ts'
import { Replay } from './replay.ts'
import { toSchedule } from './schedule.ts'
import { Search } from './search.ts'

/** What came of an exploration. */
export interface ExplorationReport {
  /** How many runs it took, those that were ended early among them. */
  readonly runs: number
  /** Orders of events of which no two come to the same. Each was run to its end, and kept every rule. */
  readonly interleavings: number
  /** Points at which there was more than one event to choose from. */
  readonly choicePoints: number
  /** Most choices of one run, those without an alternative among them. */
  readonly depth: number
}

/**
 * Runs agents in a small world once for each order of events: what is delivered next, which process goes on, and when a fault
 * begins and ends. Each history is held against the rules of the library and your own. Orders that differ only in events of
 * processes that do not meet count as one.
 *
 * Rejects with `SM_SIMULATION_FAILED` at the first order that breaks a rule, with the command that replays it;
 * `SM_SIMULATION_UNFINISHED` when `maxRuns` were not enough, which proves nothing, with the {@link ExplorationReport} so far in
 * `details.report`; `SM_SIMULATION_OPTIONS`, `SM_SIMULATION_ENDLESS` or `SM_SIMULATION_WANDERS`.
 *
 * @example
 * const fault = { strikes: [{ kind: 'broker-crash', host: 'bus-broker' }] } as const
 * const { interleavings } = await explore({ wires: { bus: brokerWire() }, agents: [shop, billing], fault })
 */
export async function explore(options: ExplorationOptions): Promise<ExplorationReport> {
  return walk(toExploration(options), new Search({ reduces: true }))
}

/** Walks the orders of a search, up to the first that breaks a rule. `onRun` is told of each that ended. */
export async function walk(
  settings: ExplorationSettings,
  search: Search,
  onRun: (report: SimulationReport) => void = () => undefined,
): Promise<ExplorationReport> {
  if (settings.choices) {
    requireNoViolation(await run(settings, new Replay(settings.choices)), settings, settings.choices)
    return { runs: 1, interleavings: 1, choicePoints: settings.choices.length, depth: settings.choices.length }
  }
  let [runs, interleavings] = [0, 0]
  const report = () => ({ runs, interleavings, choicePoints: search.choicePoints, depth: search.deepest })
  do {
    if (runs === settings.maxRuns) throw unfinished(report())
    const ended = await run(settings, search)
    runs += 1
    if (!ended) continue
    interleavings += 1
    requireNoViolation(ended, settings, search.choices)
    onRun(ended)
  } while (search.next())
  return report()
}

/** One run, whatever it breaks. Undefined where the chooser has ended it. */
export async function run(settings: ExplorationSettings, chooser: Chooser): Promise<SimulationReport | undefined> {
  const { world, strikes: kinds, times, fromMs, lateTimers } = settings
  const strikes = new OneFault(kinds, times)
  const { maxEvents } = world
  const time = new ChoosingLoop({ startMs, maxEvents, fromMs, lateTimers, chooser, strikes })
  try {
    return await observe(world, time, ({ targets }) => strikes.aim(targets))
  } catch (error) {
    if (error === cutShort) return undefined
    throw error
  }
}

function requireNoViolation(
  report: SimulationReport | undefined,
  { replay }: ExplorationSettings,
  choices: readonly number[],
): void {
  if (!report || report.violations.length === 0) return
  const schedule = toSchedule(choices)
  const text = failureText(report, `The schedule ${schedule}`, replay.replaceAll('{schedule}', schedule))
  throw simulationError('SM_SIMULATION_FAILED', text, {
    details: { schedule, rules: [...new Set(report.violations.map(({ rule }) => rule))], report },
  })
}

function unfinished(report: ExplorationReport) {
  const what = `${report.runs} runs have been made (maxRuns), and there is more: ${report.interleavings} orders of events keep every rule so far`
  return simulationError('SM_SIMULATION_UNFINISHED', what, { details: { report } })
}
