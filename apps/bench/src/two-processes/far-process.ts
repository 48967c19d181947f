import { CpuProfiler } from '../cpu-profile.ts'
import type { End } from '../pair.ts'
import { openPair } from '../pairs/index.ts'
import type { Sample } from '../payload.ts'
import type { FarAssignment, FarRun, FarTask } from './far.ts'

let missing = 0
let sum = 0
let done: (() => void) | undefined
let cpu = process.cpuUsage()
let profiler: CpuProfiler | undefined

function handle(sample: Sample): void {
  sum += sample.seq
  if (--missing === 0) done?.()
}

async function open({ pair: name, role, place, index }: FarAssignment): Promise<End> {
  if (role === 'rest') return { close: async () => undefined }
  const pair = await openPair(name)
  return role === 'receive' ? pair.receive(place, index, handle) : pair[role](place)
}

async function finish(): Promise<FarRun> {
  await new Promise<void>(resolve => {
    if (missing <= 0) resolve()
    else done = resolve
  })
  const { user, system } = process.cpuUsage(cpu)
  // More than expected is as wrong as less.
  if (missing !== 0) sum = Number.NaN
  return { sum, cpuUs: user + system, rssBytes: process.memoryUsage.rss() }
}

async function perform(task: FarTask, end: End): Promise<unknown> {
  switch (task.kind) {
    case 'begin':
      missing = task.expected
      sum = 0
      cpu = process.cpuUsage()
      return {}
    case 'finish':
      return finish()
    case 'start-profile':
      profiler = await CpuProfiler.start()
      return {}
    case 'stop-profile':
      return (await profiler?.stop(task.ops)) ?? {}
    case 'close':
      await end.close()
      return {}
  }
}

const opened = open(JSON.parse(process.argv[2] as string) as FarAssignment)
// Only the process that started this one has a use for it.
process.on('disconnect', () => process.exit())
await opened
process.send?.({})
process.on('message', async (task: FarTask) => {
  const answer = await perform(task, await opened)
  process.send?.(answer)
  if (task.kind === 'close') process.disconnect()
})
