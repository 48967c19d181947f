import { isSmError } from '@sm/core'
import type { ExhaustiveCommand } from './command-line.ts'
import { type ExplorationReport, explore } from './exploration/explore.ts'
import { smallWorlds } from './scenario/small-worlds.ts'

/**
 * Walks every order of events of small worlds. False where one has more than it may walk. Rejects as `explore` does, at the
 * first order that breaks a rule.
 */
export async function runExhaustive(command: ExhaustiveCommand, print: (text: string) => void): Promise<boolean> {
  const { worlds, maxRuns, lateTimers, schedule } = command
  let areWalked = true
  for (const name of worlds) {
    const startedAt = performance.now()
    const tell = (report: ExplorationReport, end: string) =>
      print(`${name}: ${figures(report)}, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s. ${end}`)
    const late = lateTimers > 0 ? ` --late-timers ${lateTimers}` : ''
    const replay = `pnpm simulate --exhaustive --world ${name}${late} --schedule {schedule}`
    const world = { ...smallWorlds[name], maxRuns, lateTimers, replay, ...(schedule !== undefined && { schedule }) }
    try {
      const report = await explore(world as Parameters<typeof explore>[0])
      if (schedule === undefined) tell(report, 'That is every order, and each keeps every rule')
      else print(`${name}: the schedule ${schedule} keeps every rule`)
    } catch (error) {
      if (!isSmError(error) || error.code !== 'SM_SIMULATION_UNFINISHED') throw error
      areWalked = false
      tell(error.details.report as ExplorationReport, 'NOT EVERY ORDER: --max-runs was reached')
    }
  }
  return areWalked
}

function figures({ runs, interleavings, choicePoints, depth }: ExplorationReport): string {
  return `${interleavings} interleavings in ${runs} runs, ${choicePoints} choice points, ${depth} choices in a run at most`
}
