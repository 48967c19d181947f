import { describeThrown } from '@sm/core/transport'
import { simulationError } from './errors.ts'
import { hashOf } from './history/hash.ts'
import type { History } from './history/history.ts'
import { violationsOf } from './invariants/index.ts'
import type { Violation } from './invariants/violation.ts'
import { type SimulationOptions, type SimulationSettings, toSettings } from './options.ts'
import { failureText, type SimulationReport } from './report.ts'
import { World } from './world.ts'

/**
 * Runs agents on a seeded network under virtual time, with faults that the seed decides, and holds the history of the run
 * against the rules of the library and your own.
 *
 * Rejects with `SM_SIMULATION_FAILED` when a rule is broken: the message has the lines of the history that show it and the
 * command that replays the run; `details.report` is the {@link SimulationReport}. Rejects with `SM_SIMULATION_OPTIONS` or
 * `SM_SIMULATION_ENDLESS`.
 *
 * @example
 * const report = await simulate({ seed: 7, wires: { bus: brokerWire() }, agents: [{ id: 'shop', run: startShop }] })
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const settings = toSettings(options)
  const report = await observe(settings)
  if (report.violations.length === 0) return report
  throw simulationError('SM_SIMULATION_FAILED', failureText(report, settings.replay), {
    details: { seed: report.seed, rules: [...new Set(report.violations.map(({ rule }) => rule))], report },
  })
}

/** Runs a simulation, and returns its report whether or not a rule is broken. */
async function observe(settings: SimulationSettings): Promise<SimulationReport> {
  const world = new World(settings)
  try {
    const history = await world.run()
    const violations = [
      ...violationsOf(history),
      ...world.thrown.map(({ error, agent }) =>
        own('agent-code', `The code of ${agent} threw: ${describeThrown(error)}`),
      ),
      ...(await complaints(settings, world, history)),
    ]
    return { seed: settings.seed, hash: hashOf(history), history, violations, events: world.loop.events }
  } finally {
    world.close()
  }
}

async function complaints({ check, settled }: SimulationSettings, world: World, history: History) {
  const checked = check?.(history) ?? []
  const unsettled = (await settled?.(world.processes)) ?? []
  return [...checked.map(what => own('check', what)), ...unsettled.map(what => own('settled', what))]
}

function own(rule: string, what: string): Violation {
  return { rule, what, lines: [] }
}
