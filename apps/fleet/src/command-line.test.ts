import { expect, test } from 'vitest'
import { parseCommand } from './command-line.ts'

test('without arguments the fleet runs eight seconds with four probes over named pipes and lanet, and memory within a process', () => {
  expect(parseCommand([])).toEqual({
    forMs: 8_000,
    agents: 4,
    transports: ['memory', 'named-pipes', 'lanet'],
    archive: undefined,
    json: false,
    chaosSeed: undefined,
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
    chaosSeed: undefined,
  })
})

test('chaos takes a seed, or chooses one', () => {
  expect(parseCommand(['--chaos', '--seed', '7'])).toMatchObject({ chaosSeed: 7 })
  const { chaosSeed } = parseCommand(['--chaos']) ?? {}
  expect(Number.isInteger(chaosSeed)).toBe(true)
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
  [['--seed', '7'], '--seed has no meaning without --chaos'],
  [['--chaos', '--seed', 'x'], '--seed takes a number of 0 to 4294967295'],
  [['--chaos', '--transports', 'memory,named-pipes'], '--chaos needs named-pipes or lanet'],
  [['--chaos', '--transports', 'redis,nats'], '--chaos needs named-pipes or lanet'],
  [['--colour'], "Unknown option '--colour'"],
  [['extra'], "Unexpected argument 'extra'"],
])('%j is refused', (args, reason) => {
  expect(() => parseCommand(args)).toThrow(reason)
})
