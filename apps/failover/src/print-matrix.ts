import { type Cell, type CellResult, runCell } from './cell.ts'
import { type Column, toHead, toRow } from './rows.ts'

const columns: readonly Column[] = [
  ['first', 11],
  ['second', 11],
  ['fault', 9],
  ['instances', 9],
  ['published', 9],
  ['gap ms', 6],
  ['lost', 5],
  ['with data', 9],
  ['twice', 5],
  ['again', 5],
  ['unknown', 7],
  ['failed', 6],
  ['late', 5],
  ['by wire', 0],
]

/** Runs cells one after the other, and prints a row for each. */
export async function printMatrix(
  cells: readonly Cell[],
  print: (line: string) => void,
): Promise<readonly CellResult[]> {
  const results: CellResult[] = []
  print(toHead(columns))
  for (const cell of cells) {
    const verdict = await runCell(cell)
    results.push({ cell, verdict })
    const { published, longestGapMs, lost, lostWithData, twice, redelivered, unknown, failed, late } = verdict
    const counts = [published, longestGapMs, lost, lostWithData, twice, redelivered, unknown, failed, late]
    print(toRow(columns, [...cell.wires, cell.fault, cell.instances, ...counts, byWire(verdict.wires)]))
  }
  return results
}

/** How many each wire brought. */
export function byWire(wires: Readonly<Record<string, number>>): string {
  return Object.entries(wires)
    .map(([wire, count]) => `${wire} ${count}`)
    .join(', ')
}
