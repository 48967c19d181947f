import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { brokerAbsence, brokerNames } from '../../../tooling/brokers/index.ts'
import { parseSoak } from '../src/command-line.ts'
import { soakTransports } from '../src/soak.ts'
import { brokerTarget } from '../src/targets/broker.ts'
import { measured } from './long.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])

const levels = ['at-most-once', 'at-least-once'] as const

/** The share of the raw client that a row is to reach. */
const shares = {
  redis: (scenario: string, delivery: string) =>
    scenario.startsWith('fan-out') && delivery === 'at-least-once' ? 0.7 : 0.8,
  nats: (scenario: string, delivery: string) =>
    delivery === 'at-most-once' && !scenario.startsWith('request') ? 0.7 : 0.8,
  amqp: (scenario: string, delivery: string) =>
    delivery === 'at-most-once' && scenario.startsWith('one-way') ? 0.85 : 0.8,
}

interface File {
  readonly results: ReadonlyArray<
    Readonly<Record<string, unknown>> & { readonly scenario: string; readonly system: string }
  >
  readonly skipped: readonly unknown[]
}

describe.each(brokerNames)('bench %s', name => {
  test('measures the raw client, both peers and us in one run', { timeout: 180_000 }, async ({ skip }) => {
    const absence = brokerAbsence(name)
    if (absence !== undefined) skip(`not run: ${absence}`)
    const folder = await mkdtemp(join(tmpdir(), 'sm-bench-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const json = join(folder, 'results.json')
    const scenarios = measured(['request 128 B, 1 in flight', 'one-way 128 B'])
    const chosen = scenarios.flatMap(scenario => ['--scenario', scenario])
    const { stdout } = await run(name, '--quick', '--json', json, ...chosen)
    const { results, skipped } = JSON.parse(await readFile(json, 'utf8')) as File
    expect(skipped).toEqual([])
    for (const scenario of scenarios) {
      expect(stdout).toContain(`# ${scenario}`)
      const wanted = brokerTarget(name).scenarios.find(each => each.name === scenario)?.subjects ?? []
      const systems = results.filter(result => result.scenario === scenario)
      expect(systems.map(({ system }) => system).sort()).toEqual(wanted.map(({ system }) => system).sort())
      for (const result of systems) expect(result.opsPerSecond).toBeGreaterThan(0)
    }
  })

  test('holds us to every target', () => {
    for (const { name: scenario, subjects } of brokerTarget(name).scenarios) {
      const own = subjects.filter(({ system }) => system.startsWith('smartmessage'))
      const wanted = scenario.startsWith('request') ? (['at-most-once'] as const) : levels
      expect(own.map(({ delivery }) => delivery)).toEqual(wanted.flatMap(level => [level, level]))
      expect(own.filter(({ system }) => system.includes('compact'))).toHaveLength(wanted.length)
      for (const { delivery, against, aims = [] } of own) {
        if (!scenario.endsWith(' 1 in flight')) expect(against?.target).toBe(shares[name](scenario, delivery))
        expect(subjects.find(({ system }) => system === against?.system)?.delivery).toBe(delivery)
        if (delivery === 'at-most-once')
          expect(aims.map(({ of }) => of)).toEqual(expect.arrayContaining(['moleculer', 'nest']))
        const atMost = name === 'redis' ? 1.2 : 1.25
        if (scenario.endsWith(' 1 in flight')) expect(aims[0]).toMatchObject({ figure: 'p50us', atMost })
      }
    }
  })
})

test('a soak over named pipes says whether memory and descriptors stayed flat', { timeout: 60_000 }, async () => {
  const { stdout } = await run('soak', '--transport', 'named-pipes', '--minutes', '0.05').catch(error => error)
  expect(stdout).toMatch(/\d+ messages {2}publisher \d+ MiB, \d+ fds {2}consumer \d+ MiB, \d+ fds/)
  expect(stdout.trimEnd()).toMatch(/flat$|grew from \d+ to \d+ MiB$/)
})

test.each([
  [[], '--transport takes one of named-pipes, lanet, redis, nats, amqp'],
  [['--transport', 'pigeon'], '--transport takes one of'],
  [['--transport', 'redis', '--minutes', '0'], '--minutes takes a number above 0'],
  [['--colour'], "Unknown option '--colour'"],
])('soak %j is refused', (args, reason) => {
  expect(() => parseSoak(args, soakTransports)).toThrow(reason)
})
