import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])

const positive = z.number().positive()
const results = z.array(
  z.strictObject({
    scenario: z.string(),
    system: z.string(),
    delivery: z.enum(['none', 'at-most-once', 'at-least-once']),
    opsPerSecond: positive,
    opsPerCpuSecond: positive,
    p50us: positive.optional(),
    p99us: positive.optional(),
    rssMiB: positive,
    ratio: z
      .strictObject({
        to: z.literal('moleculer'),
        value: positive,
        cpuValue: positive,
        range: z.tuple([positive, positive]),
        cpuRange: z.tuple([positive, positive]),
        target: positive.optional(),
      })
      .optional(),
    spread: z.number().min(0),
    growth: z
      .strictObject({
        messages: z.literal(20_000),
        heapMiB: z.array(positive).length(10),
        rssMiB: z.array(positive).length(10),
        heapBytesPerMessage: z.number(),
        rssBytesPerMessage: z.number(),
        atMostBytesPerMessage: positive,
      })
      .optional(),
  }),
)

test('bench memory measures every system and writes its figures as JSON', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'results.json')
  const chosen = ['one-way 128 B to 4', 'request 128 B, 1 in flight', 'memory flat']
  const { stdout } = await run('memory', '--quick', '--json', file, ...chosen.flatMap(name => ['--scenario', name]))

  const measured = results.parse(JSON.parse(await readFile(file, 'utf8')).results)
  const named = (scenario: string) =>
    measured.filter(result => result.scenario === scenario).map(({ system, delivery }) => `${system}, ${delivery}`)
  expect(named('one-way 128 B to 4')).toEqual([
    'direct call, none',
    'EventEmitter, none',
    'moleculer, at-most-once',
    'smartmessage, at-most-once',
    'smartmessage unchecked, at-most-once',
    'smartmessage, at-least-once',
    'smartmessage unchecked, at-least-once',
  ])
  expect(named('request 128 B, 1 in flight')).toEqual([
    'direct call, none',
    'moleculer, at-most-once',
    'smartmessage, at-most-once',
    'smartmessage unchecked, at-most-once',
  ])
  expect(named('memory flat')).toEqual(['smartmessage, at-most-once', 'smartmessage, at-least-once'])
  for (const { scenario, system, ratio, p50us, growth } of measured) {
    expect(ratio !== undefined).toBe(system.startsWith('smartmessage') && scenario !== 'memory flat')
    expect(p50us !== undefined).toBe(scenario.startsWith('request'))
    expect(growth !== undefined).toBe(scenario === 'memory flat')
  }
  for (const name of chosen) expect(stdout).toContain(`# ${name}`)
})

test('a profile shows where the time of our own subjects goes', { timeout: 60_000 }, async () => {
  const { stdout } = await run('memory', '--quick', '--cpu-profile', '--scenario', 'request 128 B, 1 in flight')
  expect(stdout).toContain('# request 128 B, 1 in flight: smartmessage, at-most-once')
  expect(stdout).toMatch(/ns\/op {2}\S/)
  expect(stdout).not.toContain('moleculer')
})

test.each([
  [['nowhere'], 'There is no target "nowhere"'],
  [['memory', '--scenario', 'nonsense'], 'No scenario of memory is called like "nonsense"'],
  [['memory', '--fast'], "Unknown option '--fast'"],
  [[], 'Say what to measure'],
])('%j is refused with code 2 and the reason', async (args, reason) => {
  await expect(run(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
})
