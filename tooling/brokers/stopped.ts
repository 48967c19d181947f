import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 2

/** The state of a thread in its line of /proc: `T` when it is stopped. The name before it may hold anything. */
const stateOf = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)

/**
 * Resolves when every thread of a process is stopped: a SIGSTOP takes effect only when one of them is scheduled, and the
 * others go on until then. Where there is no /proc, and for a process that has ended, at once.
 */
export async function stopped(pid: number): Promise<void> {
  for (;;) {
    const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
    const stats = await Promise.all(
      tasks.map(task => readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => undefined)),
    )
    if (stats.every(stat => stat === undefined || 'TtZX'.includes(stateOf(stat)))) return
    await sleep(pollMs)
  }
}
