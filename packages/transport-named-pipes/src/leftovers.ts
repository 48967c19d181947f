import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { remove } from './fifo.ts'

/** Names that live for the moments of a start or a call; after half a minute whoever made them is dead. */
const PASSING = /\.in\.pipe\.new$|\.(caller|called)\.pipe$/
const staleMs = 30_000

/** Removes what processes that were killed in the middle of a start or a call have left in a directory. */
export function removeLeftovers(directory: string, now: number): void {
  for (const name of namesIn(directory)) {
    if (!PASSING.test(name)) continue
    const path = join(directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isFIFO() && now - stats.mtimeMs > staleMs) remove(path)
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    // Somebody removed it: then nothing is left in it.
    return []
  }
}
