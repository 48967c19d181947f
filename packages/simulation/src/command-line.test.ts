import { expect, it } from 'vitest'
import { parseCommand, UsageError } from './command-line.ts'

it('runs 200 seeds from 1 unless it is told otherwise', () => {
  expect(parseCommand([])).toEqual({ from: 1, seeds: 200, verbose: false })
  expect(parseCommand(['--seeds', '10000', '--from', '5'])).toEqual({ from: 5, seeds: 10_000, verbose: false })
})

it('runs one seed alone, and shows more of it', () => {
  expect(parseCommand(['--seed', '4711'])).toEqual({ from: 4_711, seeds: 1, verbose: true })
})

it('shows its usage', () => {
  expect(parseCommand(['--help'])).toBeUndefined()
})

it.each([['--seeds', '0'], ['--seed', 'x'], ['--seed', '1.5'], ['--stray'], ['--seed', '1', '--seeds', '2']])(
  'refuses %s %s',
  (...args) => {
    expect(() => parseCommand(args)).toThrow(UsageError)
  },
)
