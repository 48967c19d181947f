import { createHash } from 'node:crypto'

/** A name cut to `maxBytes`: a long one keeps its beginning, and a hash of the whole tells it from others. */
export function boundedName(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 24)
  return `${Buffer.from(name)
    .subarray(0, maxBytes - hash.length - 1)
    .toString('latin1')}-${hash}`
}
