import { readdirSync, readFileSync } from 'node:fs'

/** Processes that have this directory as their home, but for guardians, where the system shows that in `/proc`. */
export function processesIn(directory: string): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => Number.isInteger(pid) && told(pid, 'environ').includes(`HOME=${directory}`))
    .filter(pid => !told(pid, 'cmdline').some(word => word.endsWith('guardian.sh')))
}

/** Empty for a process that has ended meanwhile. */
function told(pid: number, file: 'environ' | 'cmdline'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
  } catch {
    return []
  }
}
