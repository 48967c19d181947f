import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { stopped } from './stopped.ts'

it.skipIf(process.platform !== 'linux')('waits until a process that is told to stop has stopped', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); for (;;);'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  const pid = child.pid as number
  process.kill(pid, 'SIGSTOP')
  await stopped(pid)
  expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) [Tt] /)
  child.kill('SIGKILL')
  await once(child, 'close')
  await stopped(pid)
})
