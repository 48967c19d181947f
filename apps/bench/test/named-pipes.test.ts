import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { namedPipes } from '../src/targets/named-pipes.ts'
import { measured } from './long.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])

const positive = z.number().positive()
const delivery = z.enum(['none', 'at-most-once', 'at-least-once'])
const file = z.strictObject({
  conditions: z.strictObject({
    date: z.iso.date(),
    node: z.string(),
    platform: z.string(),
    processor: z.string(),
    memoryGiB: positive,
  }),
  results: z.array(
    z.strictObject({
      scenario: z.string(),
      system: z.string(),
      delivery,
      opsPerSecond: positive.optional(),
      opsPerCpuSecond: positive.optional(),
      p50us: positive.optional(),
      p99us: positive.optional(),
      rssMiB: positive,
      farRssMiB: positive.optional(),
      ratio: z
        .strictObject({
          to: z.literal('unix socket coalesced'),
          value: positive,
          cpuValue: positive,
          range: z.tuple([positive, positive]),
          cpuRange: z.tuple([positive, positive]),
          target: positive.optional(),
        })
        .optional(),
      aims: z
        .array(
          z.strictObject({
            figure: z.enum(['opsPerSecond', 'p50us', 'p99us', 'rssMiB']),
            of: z.enum(['redis pub/sub', 'moleculer tcp', 'unix socket coalesced']).optional(),
            atLeast: positive.optional(),
            atMost: positive.optional(),
            value: positive,
          }),
        )
        .optional(),
      spread: z.number().min(0),
    }),
  ),
  skipped: z.array(
    z.strictObject({ scenario: z.string(), system: z.literal('redis pub/sub'), delivery, reason: z.string().min(1) }),
  ),
})

const systems = [
  'unix socket, none',
  'unix socket coalesced, none',
  'fifo, none',
  'fifo coalesced, none',
  'redis pub/sub, at-most-once',
  'moleculer tcp, at-most-once',
  'smartmessage, at-most-once',
]

test('bench named-pipes measures every system between processes and says what it left out', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const json = join(folder, 'results.json')
  const scenarios = {
    'one-way 128 B': [...systems, 'smartmessage, at-least-once'],
    'request 128 B, 1 in flight': systems,
    idle: ['smartmessage, at-most-once'],
  }
  const wanted = measured(Object.entries(scenarios))
  const chosen = wanted.map(([name]) => name)
  const { stdout } = await run(
    'named-pipes',
    '--quick',
    '--json',
    json,
    ...chosen.flatMap(name => ['--scenario', name]),
  )

  const { results, skipped } = file.parse(JSON.parse(await readFile(json, 'utf8')))
  const named = (scenario: string) =>
    [...results, ...skipped].filter(result => result.scenario === scenario).map(r => `${r.system}, ${r.delivery}`)
  for (const [scenario, names] of wanted) {
    if (scenario === 'idle') expect(named(scenario)).toEqual(expect.arrayContaining(names))
    else expect(named(scenario).sort()).toEqual(names.toSorted())
  }
  for (const { scenario, system, ratio, p50us, farRssMiB } of results) {
    expect(ratio !== undefined).toBe(system === 'smartmessage' && scenario !== 'idle')
    expect(p50us !== undefined).toBe(scenario.startsWith('request'))
    expect(farRssMiB !== undefined).toBe(scenario !== 'idle')
  }
  for (const name of chosen) expect(stdout).toContain(`# ${name}`)
  for (const { system, reason } of skipped) expect(stdout).toContain(`${system}: not run, ${reason}`)
})

test('the scenarios hold us to every target of the plan', () => {
  const aimed = namedPipes.scenarios.flatMap(({ name, subjects }) =>
    subjects.flatMap(({ delivery: level, against, aims = [] }) => [
      ...(against?.target === undefined ? [] : [`${name}, ${level}: ${against.target} of ${against.system}`]),
      ...aims.map(({ figure, of, atLeast, atMost }) => `${name}, ${level}: ${figure} ${atLeast ?? atMost} of ${of}`),
    ]),
  )
  expect(aimed).toEqual(
    expect.arrayContaining([
      'one-way 128 B, at-most-once: opsPerSecond 2.5 of moleculer tcp',
      ...['128 B', '1 KiB', '16 KiB', '1 MiB'].flatMap((size, i) => [
        `one-way ${size}, at-most-once: ${[0.5, 0.8, 1.2, 0.9][i]} of unix socket coalesced`,
        `one-way ${size}, at-least-once: ${[0.35, 0.65, 1.1, 0.8][i]} of unix socket coalesced`,
        `one-way ${size}, at-most-once: opsPerSecond 2 of redis pub/sub`,
      ]),
      'request 128 B, 64 in flight, at-most-once: 0.8 of unix socket coalesced',
      'fan-out 128 B to 4 processes, at-most-once: 0.5 of unix socket coalesced',
      'fan-out 1 KiB to 4 processes, at-most-once: 0.6 of unix socket coalesced',
      'request 128 B, 1 in flight, at-most-once: p50us 1.5 of unix socket coalesced',
      'request 128 B, 1 in flight, at-most-once: p99us 1000 of undefined',
      'request 128 B, 1 in flight, at-most-once: p50us 0.5 of redis pub/sub',
      'request 128 B, 64 in flight, at-most-once: opsPerSecond 1.5 of moleculer tcp',
      'start to first message, at-most-once: p50us 20000 of undefined',
      'idle, at-most-once: rssMiB 80 of undefined',
    ]),
  )
})
