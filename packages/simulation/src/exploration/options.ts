import { checkNumber, checkOptions } from '../check-options.ts'
import { simulationError } from '../errors.ts'
import { type SimulationOptions, type SimulationSettings, toSettings } from '../options.ts'
import type { AgentSpec } from '../processes/agent-spec.ts'
import type { FaultTimes, Strike } from './one-fault.ts'
import { fromSchedule } from './schedule.ts'

/** The fault of an exploration: one of a few, at any moment. */
export interface OneFaultOptions {
  /**
   * What may strike, one of them in a run. `shop-0` is the first instance of `shop`,
   * `bus-broker` the server of the wire `bus`.
   */
  readonly strikes: readonly Strike[]
  /** Until when it may begin, in milliseconds. Default: `fromMs` of the exploration, which is the one instant. */
  readonly untilMs?: number
  /** How long it lasts at most, in milliseconds. It ends at any moment before. Default 1,500. */
  readonly maxMs?: number
  /**
   * Whether a process that comes back starts in one event: nothing comes between its start and its first subscriptions. Default false:
   * then those alone can come in more orders than can be walked.
   */
  readonly wholeStarts?: boolean
}

/** Options of {@link explore}. Its agents have `presence: false` unless they are given another. */
export interface ExplorationOptions
  extends Pick<
    SimulationOptions,
    'wires' | 'agents' | 'durationMs' | 'recoveryMs' | 'sites' | 'createStore' | 'check' | 'settled'
  > {
  /** The fault, or none. Default none. */
  readonly fault?: OneFaultOptions | false
  /** From when on the order of events is chosen, in milliseconds: agents have started and subscribed by then. Default 2,000. */
  readonly fromMs?: number
  /** How often in a run time may go on although something could come first. Default 0: what is sent arrives before any timer. */
  readonly lateTimers?: number
  /** Most runs. Default 100,000. */
  readonly maxRuns?: number
  /** The one schedule to run, as an error names it. Default: all. */
  readonly schedule?: string
  /** The command that replays a run, for errors; `{schedule}` stands for its order of events. Default: a call of `explore`. */
  readonly replay?: string
}

const names: { readonly [Name in keyof Required<ExplorationOptions>]: true } = {
  ...{ wires: true, agents: true, durationMs: true, recoveryMs: true, sites: true, createStore: true, check: true },
  ...{ settled: true, fault: true, fromMs: true, lateTimers: true, maxRuns: true, schedule: true, replay: true },
}

/** Most events of one run: a small world has some hundred. */
const maxEvents = 100_000

/** {@link ExplorationOptions} with every default filled in. */
export interface ExplorationSettings {
  readonly world: SimulationSettings
  readonly strikes: readonly Strike[]
  readonly times: FaultTimes
  readonly fromMs: number
  readonly lateTimers: number
  readonly maxRuns: number
  readonly choices: readonly number[] | undefined
  readonly replay: string
}

/** Checks options and fills in the defaults. Throws `SM_SIMULATION_OPTIONS`. */
export function toExploration(options: ExplorationOptions): ExplorationSettings {
  checkOptions('An exploration', options, names)
  const { fault, schedule, fromMs: given = 2_000, lateTimers = 0, maxRuns = 100_000, replay, ...rest } = options
  const fromMs = checkNumber('fromMs', given, 0)
  const delayMs = { minMs: 0, maxMs: 0 }
  const agents = rest.agents.map(silent)
  const world = toSettings({
    durationMs: 15_000,
    ...rest,
    agents,
    seed: 1,
    maxEvents,
    faults: false,
    skew: false,
    delayMs,
  })
  const { strikes = [], untilMs = fromMs, maxMs = 1_500, wholeStarts: areStartsWhole = false } = fault || {}
  if (fault) checkOptions('The option fault', fault, { strikes: true, untilMs: true, maxMs: true, wholeStarts: true })
  const choices = schedule === undefined ? undefined : fromSchedule(schedule)
  if (schedule !== undefined && !choices) throw refused('schedule', `The option schedule is no schedule: ${schedule}`)
  const times = {
    untilMs: checkNumber('fault.untilMs', untilMs, 0),
    maxMs: checkNumber('fault.maxMs', maxMs, 0),
    areStartsWhole,
  }
  if (fault && times.untilMs + times.maxMs > world.durationMs)
    throw refused(
      'fault',
      `The fault may last until ${times.untilMs + times.maxMs} ms, and a run ${world.durationMs} ms`,
    )
  return {
    ...{ world, strikes, times, fromMs, choices },
    lateTimers: checkNumber('lateTimers', lateTimers, 0),
    maxRuns: checkNumber('maxRuns', maxRuns, 1),
    replay: replay ?? "explore({ …, schedule: '{schedule}' })",
  }
}

/** What agents say of themselves would be among the events of which every order is walked. */
function silent(agent: AgentSpec): AgentSpec {
  return { ...agent, options: { presence: false, ...agent.options } }
}

function refused(option: string, what: string) {
  return simulationError('SM_SIMULATION_OPTIONS', what, { details: { option } })
}
