import { describeThrown } from '@sm/core/transport'
import type { WorldTime } from './clock/threads.ts'
import { hashOf } from './history/hash.ts'
import type { History } from './history/history.ts'
import { violationsOf } from './invariants/index.ts'
import type { Violation } from './invariants/violation.ts'
import type { SimulationSettings } from './options.ts'
import type { SimulationReport } from './report.ts'
import { World } from './world.ts'

/** Runs a world, and returns its report whether or not a rule is broken. `prepare` is called before anything runs. */
export async function observe(
  settings: SimulationSettings,
  time: WorldTime,
  prepare: (world: World) => void = () => undefined,
): Promise<SimulationReport> {
  const world = new World(settings, time)
  try {
    prepare(world)
    const history = await world.run()
    const violations = [
      ...violationsOf(history),
      ...world.thrown.map(({ error, agent }) =>
        own('agent-code', `The code of ${agent} threw: ${describeThrown(error)}`),
      ),
      ...(await complaints(settings, world, history)),
    ]
    return { seed: settings.seed, hash: hashOf(history), history, violations, events: time.events }
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
