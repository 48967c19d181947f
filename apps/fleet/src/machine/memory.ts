import { freemem, totalmem } from 'node:os'
import type { Metrics } from '../messages.ts'
import { readLines } from './read-lines.ts'

/** Returns the memory that programs can still get, from /proc/meminfo: free memory and what the system would give up for them. */
export function parseAvailableBytes(lines: readonly string[]): number | undefined {
  const kib = lines.map(line => /^MemAvailable:\s+(\d+) kB$/.exec(line)?.[1]).find(value => value !== undefined)
  return kib === undefined ? undefined : Number(kib) * 1_024
}

/** Reads how much memory there is and how much of it is taken. */
export function createMemoryReader(): () => Promise<Metrics> {
  return async () => {
    const total = totalmem()
    const available = parseAvailableBytes((await readLines('/proc/meminfo')) ?? []) ?? freemem()
    return { used: Math.max(0, 1 - available / total), totalBytes: total, availableBytes: available }
  }
}
