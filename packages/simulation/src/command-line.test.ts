import { expect, it } from 'vitest'
import { parseCommand, UsageError } from './command-line.ts'
import { smallWorlds } from './scenario/small-worlds.ts'

it('runs 200 seeds from 1 unless it is told otherwise', () => {
  expect(parseCommand([])).toEqual({ kind: 'seeds', from: 1, seeds: 200, verbose: false })
  expect(parseCommand(['--seeds', '10000', '--from', '5'])).toMatchObject({ from: 5, seeds: 10_000 })
})

it('runs one seed alone, and shows more of it', () => {
  expect(parseCommand(['--seed', '4711'])).toEqual({ kind: 'seeds', from: 4_711, seeds: 1, verbose: true })
})

it('walks every small world, or one, or one order of events of it', () => {
  const all = { kind: 'exhaustive', maxRuns: 100_000, lateTimers: 0, schedule: undefined }
  expect(parseCommand(['--exhaustive'])).toEqual({ ...all, worlds: Object.keys(smallWorlds) })
  const given = ['--exhaustive', '--world', 'mesh-calm', '--schedule', '3.1', '--max-runs', '7', '--late-timers', '1']
  const one = { kind: 'exhaustive', worlds: ['mesh-calm'], schedule: '3.1', maxRuns: 7, lateTimers: 1 }
  expect(parseCommand(given)).toEqual(one)
})

it('has fleets grow', () => {
  const given = { kind: 'growth', most: 10_000, hearing: 10, json: undefined }
  expect(parseCommand(['--growth', '10000'])).toEqual(given)
  const more = ['--growth', '100', '--hearing', '7', '--json', 'growth.json']
  expect(parseCommand(more)).toEqual({ ...given, most: 100, hearing: 7, json: 'growth.json' })
})

it('shows its usage', () => {
  expect(parseCommand(['--help'])).toBeUndefined()
})

it.each([
  '--seeds 0',
  '--seed x',
  '--seed 1.5',
  '--stray',
  '--seed 1 --seeds 2',
  '--world mesh-calm',
  '--exhaustive --seed 1',
  '--exhaustive --world none',
  '--exhaustive --schedule 3.1',
  '--exhaustive --max-runs 0',
  '--growth 1',
  '--growth 10001',
  '--growth 10 --hearing 0',
  '--growth 10 --exhaustive',
  '--growth 10 --seeds 5',
  '--growth 10 --world mesh-calm',
  '--hearing 5',
])('refuses %s', line => {
  expect(() => parseCommand(line.split(' '))).toThrow(UsageError)
})
