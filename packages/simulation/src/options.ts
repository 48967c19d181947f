import { createMemoryDeduplication } from '@sm/core'
import { checkNumber, checkOptions } from './check-options.ts'
import { simulationError } from './errors.ts'
import { type FaultKind, type FaultOptions, faultKinds, faultOptionNames } from './faults/fault.ts'
import type { History } from './history/history.ts'
import type { AgentProcess } from './processes/agent-process.ts'
import { type AgentSpec, agentSpecNames } from './processes/agent-spec.ts'
import type { CreateStore } from './processes/guarded-store.ts'
import type { Wire } from './wire.ts'

/** How far the clocks of hosts may be from the time of the world. */
export interface SkewOptions {
  /** Most milliseconds that a wall clock is ahead or behind. Default 500. */
  readonly offsetMs?: number
  /** Most millionths by which a clock goes faster or slower. Default 200. */
  readonly driftPpm?: number
}

/** Options of {@link simulate}. */
export interface SimulationOptions {
  /** Decides everything that is left to chance. The same options and the same seed give the same run, to the last event. */
  readonly seed: number
  /** The wires, by the names under which agents use them. */
  readonly wires: Readonly<Record<string, Wire>>
  readonly agents: readonly AgentSpec[]
  /** Which faults there are, or none. Default: the defaults of {@link FaultOptions}. */
  readonly faults?: FaultOptions | false
  /** How long the run takes, in milliseconds of its own time. Default 30,000. */
  readonly durationMs?: number
  /** How long after a fault its consequences may last, in milliseconds: rules for times without faults wait for it. Default 8,000. */
  readonly recoveryMs?: number
  /** How many sites there are: instances of an agent are spread over them in turn. Default 1. */
  readonly sites?: number
  /** How the clocks of hosts differ. Default: a little. */
  readonly skew?: SkewOptions | false
  /** How long a message takes between two hosts. Default 1 to 10 ms. */
  readonly delayMs?: { readonly minMs: number; readonly maxMs: number }
  /** Makes the stores in which processes remember what they have handled. Default: `createMemoryDeduplication`. */
  readonly createStore?: CreateStore
  /** Most timers of the run. Default 20,000,000. */
  readonly maxEvents?: number
  /**
   * A rule of your own over the history: returns what breaks it, a text each. Called once the run is over.
   */
  readonly check?: (history: History) => readonly string[]
  /**
   * A rule for the end of the run, when faults are long over, about the processes that run: returns what breaks it. That each
   * is healthy again is such a rule.
   */
  readonly settled?: (processes: readonly AgentProcess[]) => readonly string[] | Promise<readonly string[]>
  /** The command that replays a run, for errors; `{seed}` stands for its seed. Default: a call of `simulate`. */
  readonly replay?: string
}

const names: { readonly [Name in keyof Required<SimulationOptions>]: true } = {
  ...{ seed: true, wires: true, agents: true, faults: true, durationMs: true, recoveryMs: true, sites: true },
  ...{ skew: true, delayMs: true, createStore: true, maxEvents: true, check: true, settled: true, replay: true },
}

/** {@link SimulationOptions} with every default filled in. */
export interface SimulationSettings extends Omit<Required<SimulationOptions>, 'faults' | 'skew' | 'check' | 'settled'> {
  readonly faults: FaultSettings
  readonly skew: Required<SkewOptions>
  readonly check: SimulationOptions['check']
  readonly settled: SimulationOptions['settled']
}

const noWipe = (kind: FaultKind) => kind !== 'broker-wipe'

/** Checks options and fills in the defaults. Throws `SM_SIMULATION_OPTIONS`. */
export function toSettings(options: SimulationOptions): SimulationSettings {
  checkOptions('A simulation', options, names)
  const { wires, agents, faults = {}, skew = {} } = options
  if (faults) checkOptions('The option faults', faults, faultOptionNames)
  if (skew) checkOptions('The option skew', skew, { offsetMs: true, driftPpm: true })
  const wireNames = Object.keys(wires)
  if (wireNames.length === 0) throw refused('wires', 'A simulation needs at least one wire')
  if (agents.length === 0) throw refused('agents', 'A simulation needs at least one agent')
  for (const spec of agents) {
    checkOptions(`The agent ${JSON.stringify(spec.id)}`, spec, agentSpecNames)
    const stray = spec.wires?.find(name => !wireNames.includes(name))
    if (stray !== undefined)
      throw refused(
        'wires',
        `The agent ${spec.id} uses the wire "${stray}", which is not among ${wireNames.join(', ')}`,
      )
  }
  const twice = agents.find(({ id }, i) => agents.findIndex(other => other.id === id) !== i)
  if (twice) throw refused('agents', `The agent ${twice.id} is listed twice: it may have several instances`)
  const settings: SimulationSettings = {
    ...{ wires, agents, check: options.check, settled: options.settled },
    seed: checkNumber('seed', options.seed, 0),
    faults: faults ? toFaults(faults) : { ...toFaults({}), count: 0 },
    skew: skew ? { offsetMs: skew.offsetMs ?? 500, driftPpm: skew.driftPpm ?? 200 } : { offsetMs: 0, driftPpm: 0 },
    durationMs: checkNumber('durationMs', options.durationMs ?? 30_000, 1),
    recoveryMs: checkNumber('recoveryMs', options.recoveryMs ?? 8_000, 0),
    sites: checkNumber('sites', options.sites ?? 1, 1),
    delayMs: options.delayMs ?? { minMs: 1, maxMs: 10 },
    createStore: options.createStore ?? createMemoryDeduplication,
    maxEvents: checkNumber('maxEvents', options.maxEvents ?? 20_000_000, 1),
    replay: options.replay ?? 'simulate({ …, seed: {seed} })',
  }
  if (settings.faults.count > 0 && settings.faults.untilMs > settings.durationMs)
    throw refused(
      'faults',
      `Faults last until ${settings.faults.untilMs} ms, and the run only ${settings.durationMs} ms`,
    )
  return settings
}

/** {@link FaultOptions} with every default filled in; `hosts` is absent for all. */
type FaultSettings = Required<Omit<FaultOptions, 'hosts'>> & Pick<FaultOptions, 'hosts'>

function toFaults(faults: FaultOptions): FaultSettings {
  const kinds = faults.kinds ?? faultKinds.filter(noWipe)
  const stray = kinds.find(kind => !faultKinds.includes(kind))
  if (stray !== undefined) throw refused('faults', `There is no fault "${stray}" (there are ${faultKinds.join(', ')})`)
  return {
    kinds,
    ...(faults.hosts && { hosts: faults.hosts }),
    count: checkNumber('faults.count', faults.count ?? 6, 0),
    fromMs: checkNumber('faults.fromMs', faults.fromMs ?? 3_000, 0),
    untilMs: checkNumber('faults.untilMs', faults.untilMs ?? 12_000, 0),
    maxMs: checkNumber('faults.maxMs', faults.maxMs ?? 5_000, 0),
  }
}

function refused(option: string, what: string) {
  return simulationError('SM_SIMULATION_OPTIONS', what, { details: { option } })
}
