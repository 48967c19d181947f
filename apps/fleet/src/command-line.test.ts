import { expect, test } from 'vitest'
import { parseCommand } from './command-line.ts'

test('without arguments the fleet runs ten seconds with four probes over named pipes, and memory within a process', () => {
  expect(parseCommand([])).toEqual({
    forMs: 10_000,
    agents: 4,
    transports: ['memory', 'named-pipes'],
    archive: undefined,
    json: false,
  })
})

test('every option is read', () => {
  const args = [
    '--for',
    '1.5m',
    '--agents',
    '9',
    '--transports',
    'memory, redis://localhost',
    '--archive',
    'a',
    '--json',
  ]
  expect(parseCommand(args)).toEqual({
    forMs: 90_000,
    agents: 9,
    transports: ['memory', 'redis://localhost'],
    archive: 'a',
    json: true,
  })
})

test.each([['--help'], ['-h']])('%s asks for help', arg => {
  expect(parseCommand([arg])).toBeUndefined()
})

test.each([
  [['--for', '10'], '--for takes a time'],
  [['--for', '0s'], '--for takes a time'],
  [['--for', '1000h'], '--for takes a time'],
  [['--agents', '0'], '--agents takes a number of 1 to 200'],
  [['--agents', '2.5'], '--agents takes a number of 1 to 200'],
  [['--transports', 'memory,'], '--transports takes names or URLs'],
  [['--colour'], "Unknown option '--colour'"],
  [['extra'], "Unexpected argument 'extra'"],
])('%j is refused', (args, reason) => {
  expect(() => parseCommand(args)).toThrow(reason)
})
