import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { basename } from 'node:path'
import type { Profile } from './profile.ts'
import type { Contender } from './scenario.ts'

const samplingIntervalUs = 100
const most = 30

/** The profiler of V8 at work in this process. */
export class CpuProfiler {
  readonly #session = new Session()
  #start = 0

  static async start(): Promise<CpuProfiler> {
    const profiler = new CpuProfiler()
    await profiler.#begin()
    return profiler
  }

  /** Ends the profile of so many operations. */
  async stop(ops: number): Promise<Profile> {
    const elapsedMs = performance.now() - this.#start
    const { profile } = await this.#session.post('Profiler.stop')
    this.#session.disconnect()

    const stackOf = toStacks(profile.nodes)
    const samples = profile.samples ?? []
    const counts = new Map<string, number>()
    const totals = new Map<string, number>()
    const add = (to: Map<string, number>, where: string) => to.set(where, (to.get(where) ?? 0) + 1)
    for (const id of samples) {
      const stack = stackOf.get(id) ?? ['?']
      add(counts, stack[0] as string)
      // Once each, also those that call themselves.
      for (const where of new Set(stack)) add(totals, where)
    }
    const hottest = [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([where, count]) => {
        const part = count / samples.length
        const totalPart = (totals.get(where) ?? 0) / samples.length
        return { where, part, nsPerOp: (part * elapsedMs * 1e6) / ops, totalPart }
      })
    return { title: '', opsPerSecond: (ops / elapsedMs) * 1_000, hottest }
  }

  async #begin(): Promise<void> {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
    await this.#session.post('Profiler.start')
    this.#start = performance.now()
  }
}

/** Runs a contender under the profiler, in this process and in the one at the other end where there is one. */
export async function takeProfiles(contender: Contender, ops: number): Promise<readonly Profile[]> {
  const endFar = await contender.profileFar?.()
  const profiler = await CpuProfiler.start()
  await contender.run(ops)
  const near = await profiler.stop(ops)
  if (!endFar) return [near]
  return [
    { ...near, title: ', near end' },
    { ...(await endFar(ops)), title: ', far end' },
  ]
}

/** For each node the names of the functions from itself up to the root. */
function toStacks(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, readonly string[]> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const stackOf = (id: number) => {
    const stack: string[] = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = frames.get(at)
      if (frame) stack.push(placeName(frame))
    }
    // A function without a name or a file was made while the program ran: its caller says what it is.
    if (stack[0] === nameless) stack[0] = `${nameless} called by ${stack.find(name => name !== nameless)}`
    return stack
  }
  return new Map(nodes.map(({ id }) => [id, stackOf(id)]))
}

const nameless = '(anonymous)'

function placeName(frame: {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}): string {
  const name = frame.functionName || nameless
  return frame.url ? `${name} ${basename(frame.url)}:${frame.lineNumber + 1}` : name
}
