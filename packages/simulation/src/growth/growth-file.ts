import { cpus } from 'node:os'
import type { GrowthResult } from './measure-growth.ts'

/** The file that `pnpm simulate --growth N --json FILE` writes. */
export interface GrowthFile {
  /** Where and when it was measured. */
  readonly conditions: { readonly date: string; readonly node: string; readonly processor: string }
  readonly results: readonly GrowthResult[]
}

/** The figures, with the conditions of this machine. */
export function growthFile(results: readonly GrowthResult[]): GrowthFile {
  const date = new Date().toISOString().slice(0, 10)
  const processor = `${cpus().length} × ${cpus()[0]?.model.trim()}`
  return { conditions: { date, node: process.version, processor }, results }
}
