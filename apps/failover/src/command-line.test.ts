import { describe, expect, it } from 'vitest'
import { parseCommand, UsageError } from './command-line.ts'

describe('the command line', () => {
  it('runs each pair in both orders, with each fault that the first wire has and each number of instances, unless told otherwise', () => {
    const command = parseCommand([])
    // Named pipes have four faults, each of the three brokers six.
    expect(command?.kind === 'matrix' && command.cells).toHaveLength(3 * 2 * (4 + 3 * 6))
    expect(
      parseCommand(['--wires', 'redis,named-pipes', '--faults', 'freeze', '--instances', '1', '--gone', '500']),
    ).toEqual({
      kind: 'matrix',
      cells: [{ wires: ['redis', 'named-pipes'], fault: 'freeze', instances: 1, perSecond: 1_000, goneMs: 500 }],
      json: undefined,
    })
  })

  it('makes a long run for each seed and number of instances', () => {
    expect(parseCommand(['--chaos', '--seed', '7, 8', '--instances', '3', '--messages', '100'])).toEqual({
      kind: 'chaos',
      runs: [7, 8].map(seed => ({ seed, instances: 3, messages: 100, perSecond: 1_000 })),
      json: undefined,
    })
  })

  it.each([
    [['--wires', 'redis,pigeon'], 'pigeon'],
    [['--wires', 'redis'], 'two names'],
    [['--faults', 'rust'], 'rust'],
    [['--instances', '0'], '--instances'],
    [['--rate', 'fast'], '--rate'],
    [['--pairs', 'x'], 'pairs'],
    [['--seed', '7'], '--chaos'],
    [['--chaos', '--seed', 'x'], '--seed'],
    [['--chaos', '--wires', 'redis,nats'], '--wires'],
    [['--wires', 'named-pipes,redis', '--faults', 'rust'], 'rust'],
  ])('refuses %j and says why', (args, why) => {
    expect(() => parseCommand(args)).toThrow(UsageError)
    expect(() => parseCommand(args)).toThrow(why)
  })
})
