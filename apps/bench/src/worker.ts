import type { Answer, Assignment, Run, Task } from './apart.ts'
import { takeProfiles } from './cpu-profile.ts'
import type { Contender } from './scenario.ts'
import { percentile } from './statistics.ts'
import { targets } from './targets/index.ts'

async function open({ target, scenario: wanted, subject }: Assignment): Promise<Contender> {
  const found = (await targets[target]?.())?.scenarios.find(({ name }) => name === wanted)?.subjects[subject]
  if (!found) throw new Error(`There is no subject ${subject} of "${wanted}" of ${target}`)
  return found.open()
}

async function perform(task: Task, contender: Contender): Promise<Answer> {
  switch (task.kind) {
    case 'warm-up':
      return { run: await warmUp(contender, task.ops, task.durationMs) }
    case 'run':
      return { run: await timed(contender, task) }
    case 'profile':
      return { profiles: await takeProfiles(contender, task.ops) }
    case 'close':
      await contender.close()
      return {}
  }
}

/** Counts the time of the processor: on a busy machine, the compiler of V8 needs longer too. */
async function warmUp(contender: Contender, first: number, durationMs: number): Promise<Run> {
  const before = process.cpuUsage()
  for (let ops = first; ; ops *= 2) {
    const run = await timed(contender, { ops, latencies: false, collects: false })
    const { user, system } = process.cpuUsage(before)
    if (user + system >= durationMs * 1_000) return run
  }
}

interface Work {
  readonly ops: number
  readonly latencies: boolean
  readonly collects: boolean
}

async function timed(contender: Contender, { ops, latencies, collects }: Work): Promise<Run> {
  const latenciesUs = latencies ? new Float64Array(ops) : undefined
  const cpu = process.cpuUsage()
  const start = performance.now()
  const far = await contender.run(ops, latenciesUs)
  const elapsedMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  // Not otherwise: a forced collection shrinks the young generation, and what runs next is slow for a while.
  if (collects) globalThis.gc?.()
  latenciesUs?.sort()
  const { heapUsed, rss } = process.memoryUsage()
  return {
    opsPerSecond: (ops / elapsedMs) * 1_000,
    // Its clock is coarse: a run of nothing would divide by nothing.
    opsPerCpuSecond: (ops / Math.max(1, user + system + (far?.cpuUs ?? 0))) * 1e6,
    ...(latenciesUs && { p50us: percentile(latenciesUs, 0.5), p99us: percentile(latenciesUs, 0.99) }),
    heapBytes: heapUsed,
    rssBytes: rss,
    ...(far && { farRssBytes: far.rssBytes }),
  }
}

// Only the process that started this one has a use for it.
process.on('disconnect', () => process.exit())
const contender = open(JSON.parse(process.argv[2] as string) as Assignment)
process.on('message', async (task: Task) => {
  const answer = await perform(task, await contender)
  process.send?.(answer)
  if (task.kind === 'close') process.disconnect()
})
