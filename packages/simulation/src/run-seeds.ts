import type { SeedsCommand } from './command-line.ts'
import { faultsText, type SimulationReport } from './report.ts'
import { fleet } from './scenario/fleet.ts'
import { simulate } from './simulate.ts'

/** How often it is said how far it has come, in milliseconds. */
const progressMs = 10_000

/** Runs the fleet once for each seed. Rejects as `simulate` does, at the first seed that breaks a rule. */
export async function runSeeds({ from, seeds, verbose }: SeedsCommand, print: (text: string) => void): Promise<void> {
  const startedAt = performance.now()
  let shownAt = startedAt
  for (let done = 0; done < seeds; done++) {
    const report = await simulate(fleet(from + done))
    if (verbose) print(facts(report))
    if (performance.now() - shownAt < progressMs) continue
    shownAt = performance.now()
    print(`${done + 1} of ${seeds} seeds, ${perSecond(done + 1, startedAt)} per second`)
  }
  const which = seeds === 1 ? `Seed ${from} keeps` : `${seeds} seeds from ${from} keep`
  print(`${which} every rule; ${perSecond(seeds, startedAt)} seeds per second`)
}

function facts({ seed, hash, history, events }: SimulationReport): string {
  const { publishes, handlings, processes, faults } = history
  const count = (outcome: string) => publishes.filter(publish => publish.outcome === outcome).length
  const ends = ['ok', 'failed', 'unknown'].map(outcome => `${count(outcome)} ${outcome}`).join(', ')
  return [
    `Seed ${seed}, history ${hash}, ${events} events`,
    `  ${processes.length} processes, ${publishes.length} publishes (${ends}), ${handlings.length} calls of handlers`,
    `  Faults:\n${faultsText(faults)}`,
  ].join('\n')
}

function perSecond(seeds: number, startedAt: number): string {
  return ((seeds * 1_000) / (performance.now() - startedAt)).toFixed(1)
}
