import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { withLock } from './lock.ts'

async function lockFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sm-lock-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'deep/lock')
}

it('lets one do its work at a time, and the next go on after a failure', async () => {
  const file = await lockFile()
  const order: string[] = []
  const work = (name: string) => async () => {
    order.push(`${name} begins`)
    await new Promise(resolve => setImmediate(resolve))
    order.push(`${name} ends`)
    if (name === 'a') throw new Error('a fails')
    return name
  }
  const results = await Promise.allSettled(['a', 'b', 'c'].map(name => withLock(file, work(name))))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  for (let i = 0; i < order.length; i += 2) expect(order[i + 1]).toBe(order[i]?.replace('begins', 'ends'))
  expect(await readdir(join(file, '..'))).toEqual([])
})

it('takes over what a process that is gone has left', async () => {
  const file = await lockFile()
  await withLock(file, async () => {})
  // No process has a number as high as this.
  await writeFile(file, '2147483646')
  expect(await withLock(file, async () => 'done')).toBe('done')
})
