import { cpus, totalmem } from 'node:os'

/** When and on what figures were measured: without it they say little. */
export interface Conditions {
  /** The day, as `2026-11-21`. */
  readonly date: string
  readonly node: string
  /** `linux x64`. */
  readonly platform: string
  /** `2 × Intel(R) Xeon(R) Processor`. */
  readonly processor: string
  readonly memoryGiB: number
}

/** The conditions of this machine. */
export function conditionsNow(now: Date = new Date()): Conditions {
  return {
    date: now.toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
}
