import { EventLoop } from './clock/event-loop.ts'
import { simulationError } from './errors.ts'
import { observe } from './observe.ts'
import { type SimulationOptions, toSettings } from './options.ts'
import { failureText, type SimulationReport } from './report.ts'
import { startMs } from './world.ts'

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
  const report = await observe(settings, new EventLoop({ startMs, maxEvents: settings.maxEvents }))
  if (report.violations.length === 0) return report
  const text = failureText(report, `Seed ${report.seed}`, settings.replay.replaceAll('{seed}', String(report.seed)))
  throw simulationError('SM_SIMULATION_FAILED', text, {
    details: { seed: report.seed, rules: [...new Set(report.violations.map(({ rule }) => rule))], report },
  })
}
