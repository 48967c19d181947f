import type { Answer, Assignment, Run, Task } from './apart.ts'
import { takeProfile } from './cpu-profile.ts'
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
    case 'warm-up': {
      const end = performance.now() + task.durationMs
      for (let ops = 100; ; ops *= 2) {
        const run = await timed(contender, ops, undefined)
        if (performance.now() >= end) return { run }
      }
    }
    case 'run':
      return { run: await timed(contender, task.ops, task.latencies ? new Float64Array(task.ops) : undefined) }
    case 'profile':
      return { profile: await takeProfile(contender, task.ops) }
    case 'close':
      await contender.close()
      return {}
  }
}

async function timed(contender: Contender, ops: number, latenciesUs: Float64Array | undefined): Promise<Run> {
  // What the run before left behind is not charged to this one.
  globalThis.gc?.()
  const start = performance.now()
  await contender.run(ops, latenciesUs)
  const elapsedMs = performance.now() - start
  const { rss } = process.memoryUsage()
  globalThis.gc?.()
  latenciesUs?.sort()
  return {
    opsPerSecond: (ops / elapsedMs) * 1_000,
    ...(latenciesUs && { p50us: percentile(latenciesUs, 0.5), p99us: percentile(latenciesUs, 0.99) }),
    heapBytes: process.memoryUsage().heapUsed,
    rssBytes: rss,
  }
}

const contender = open(JSON.parse(process.argv[2] as string) as Assignment)
process.on('message', async (task: Task) => {
  const answer = await perform(task, await contender)
  process.send?.(answer)
  if (task.kind === 'close') process.disconnect()
})
