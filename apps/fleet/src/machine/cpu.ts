import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Metrics } from '../messages.ts'
import { readLines } from './read-lines.ts'

/** Time that the processors have spent since the machine started, in ticks of whatever length. */
export interface CpuTimes {
  readonly total: number
  readonly idle: number
  /** Of the idle time, what was spent waiting for disks, where the system tells. */
  readonly waiting: number
}

/** From the first line of /proc/stat: `cpu  user nice system idle iowait irq softirq steal …`. */
export function parseCpuTimes(line: string): CpuTimes {
  // Guest time, the last two columns, is in user time already.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  const [, , , idle = 0, waiting = 0] = ticks
  return { total: ticks.reduce((sum, time) => sum + time, 0), idle: idle + waiting, waiting }
}

function portableCpuTimes(): CpuTimes {
  let total = 0
  let idle = 0
  for (const { times } of cpus()) {
    total += times.user + times.nice + times.sys + times.idle + times.irq
    idle += times.idle
  }
  return { total, idle, waiting: 0 }
}

async function readCpuTimes(): Promise<CpuTimes> {
  const [first] = (await readLines('/proc/stat')) ?? []
  return first?.startsWith('cpu ') ? parseCpuTimes(first) : portableCpuTimes()
}

/** Reads how busy the processors were since the reading before, and how long the queue for them is. */
export function createCpuReader(): () => Promise<Metrics> {
  let before: CpuTimes | undefined
  return async () => {
    const times = await readCpuTimes()
    const total = times.total - (before?.total ?? 0)
    const part = (time: number) => (total > 0 ? time / total : 0)
    const waiting = part(times.waiting - (before?.waiting ?? 0))
    const idle = part(times.idle - (before?.idle ?? 0))
    before = times
    const [load = 0] = loadavg()
    // Between two readings of one tick nothing has moved: that is no load.
    const used = total > 0 ? Math.min(1, Math.max(0, 1 - idle)) : 0
    return { used, waiting: Math.max(0, waiting), load, loadPerCore: load / availableParallelism() }
  }
}
