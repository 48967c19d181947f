import { byWire } from '../print-matrix.ts'
import { type Column, toHead, toRow } from '../rows.ts'
import { gapsOf } from './gaps.ts'
import { type ChaosResult, type ChaosRun, runChaos } from './run-chaos.ts'

const columns: readonly Column[] = [
  ['wire', 11],
  ['fault', 6],
  ['carried', 7],
  ['gap ms', 6],
]

/** Makes long runs one after the other, and prints what came of each fault, and of all of them. */
export async function printChaos(
  runs: readonly ChaosRun[],
  print: (line: string) => void,
): Promise<readonly ChaosResult[]> {
  const results: ChaosResult[] = []
  for (const run of runs) {
    const result = await runChaos(run)
    results.push(result)
    const { ladder, outages, verdict } = result
    print(`Seed ${run.seed}, ${run.instances} instances, ladder ${ladder.join(', ')}:`)
    print(toHead(columns))
    for (const { wire, fault, carried, gapMs } of outages) print(toRow(columns, [wire, fault, `${carried} %`, gapMs]))
    const { published, lost, twice, redelivered, unknown, failed, longestGapMs } = verdict
    print(
      `published ${published}: lost ${lost}, twice ${twice}, again ${redelivered}, unknown ${unknown}, failed ${failed}`,
    )
    print(`longest gap of the whole run: ${longestGapMs} ms; handled by ${byWire(verdict.wires)}\n`)
  }
  for (const { fault, count, median, p99, most } of gapsOf(results)) {
    print(`${fault} of a wire that carried most: ${count} times, gap median ${median}, p99 ${p99}, longest ${most} ms`)
  }
  return results
}
