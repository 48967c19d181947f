import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Result } from '../src/scenario.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])
const worktrees = async () =>
  (await promisify(execFile)('git', ['worktree', 'list'], { cwd: import.meta.dirname })).stdout

test('bench measures our own subjects against another revision, in turns, and leaves nothing behind', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'results.json')
  const before = await worktrees()
  const scenario = 'request 128 B, 1 in flight'
  const { stdout } = await run('memory', '--quick', '--against', 'HEAD', '--json', file, '--scenario', scenario)

  const results = JSON.parse(await readFile(file, 'utf8')).results as readonly Result[]
  expect(results.map(({ system }) => system)).toEqual([
    ...['smartmessage at HEAD', 'smartmessage'],
    ...['smartmessage unchecked at HEAD', 'smartmessage unchecked'],
  ])
  expect(results.map(({ ratio }) => ratio?.to)).toEqual([
    ...[undefined, 'smartmessage at HEAD'],
    ...[undefined, 'smartmessage unchecked at HEAD'],
  ])
  expect(stdout).toMatch(/\d\.\d\d \(\d.*… \d.*\) of smartmessage at HEAD/)
  expect(stdout).not.toMatch(/met|MISSED|unclear/)
  expect(await worktrees()).toBe(before)
})

test('a revision that there is not is refused', async () => {
  const failure = await run('memory', '--against', 'no-such-revision').catch(error => error)
  expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no revision "no-such-revision"') })
})
