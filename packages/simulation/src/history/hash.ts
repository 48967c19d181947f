import { createHash } from 'node:crypto'
import type { History } from './history.ts'

/** A short text that two histories share only if they are the same to the last event. */
export function hashOf(history: History): string {
  const hash = createHash('sha256')
  for (const records of Object.values(history)) hash.update(JSON.stringify(records))
  return hash.digest('hex').slice(0, 16)
}
