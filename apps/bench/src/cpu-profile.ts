import { Session } from 'node:inspector/promises'
import { basename } from 'node:path'
import type { Contender } from './scenario.ts'

/** Where the time of one subject went. */
export interface Profile {
  readonly title: string
  /** Under the profiler, which costs something itself. */
  readonly opsPerSecond: number
  readonly hottest: readonly Hotspot[]
}

/** A function and the time spent in it alone, not in what it calls. */
export interface Hotspot {
  readonly where: string
  /** Part of the whole, 0 … 1. */
  readonly part: number
  readonly nsPerOp: number
}

const samplingIntervalUs = 100
const most = 30

/** Runs a contender under the profiler of V8. */
export async function takeProfile(contender: Contender, ops: number): Promise<Profile> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
  await session.post('Profiler.start')
  const start = performance.now()
  await contender.run(ops)
  const elapsedMs = performance.now() - start
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()

  const placeOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeName(callFrame)]))
  const samples = profile.samples ?? []
  const counts = new Map<string, number>()
  for (const id of samples) {
    const where = placeOf.get(id) ?? '?'
    counts.set(where, (counts.get(where) ?? 0) + 1)
  }
  const hottest = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([where, count]) => {
      const part = count / samples.length
      return { where, part, nsPerOp: (part * elapsedMs * 1e6) / ops }
    })
  return { title: '', opsPerSecond: (ops / elapsedMs) * 1_000, hottest }
}

function placeName(frame: {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}): string {
  const name = frame.functionName || '(anonymous)'
  return frame.url ? `${name} ${basename(frame.url)}:${frame.lineNumber + 1}` : name
}
