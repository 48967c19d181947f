import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Result } from '../src/scenario.ts'
import { measured } from './long.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])

const ours = { once: 'smartmessage at-most-once', again: 'smartmessage at-least-once' }

test('bench websocket measures plain WebSockets through a relay, Socket.IO, and us through a hub', {
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'results.json')
  const scenarios = {
    'one-way 16 KiB': ['ws', 'socket.io', ours.once, ours.again],
    'request 128 B, 1 in flight': ['ws', 'socket.io', ours.once],
    'fan-out 128 B to 4 processes': ['ws', 'socket.io', ours.once, ours.again],
  }
  const wanted = measured(Object.entries(scenarios))
  const chosen = wanted.flatMap(([name]) => ['--scenario', name])
  await run('websocket', '--quick', '--json', file, ...chosen)

  const results = JSON.parse(await readFile(file, 'utf8')).results as readonly Result[]
  for (const [scenario, systems] of wanted) {
    const found = results.filter(result => result.scenario === scenario)
    expect(found.map(({ system }) => system)).toEqual(systems)
    for (const { system, opsPerSecond, ratio, aims } of found) {
      expect(opsPerSecond).toBeGreaterThan(0)
      expect(ratio?.to).toBe(system.startsWith('smartmessage') ? 'ws' : undefined)
      expect(aims?.map(({ of }) => of)).toEqual(system === ours.once ? ['socket.io'] : undefined)
    }
  }
})
