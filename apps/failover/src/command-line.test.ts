import { describe, expect, it } from 'vitest'
import { parseCommand, UsageError } from './command-line.ts'

describe('the command line', () => {
  it('runs each pair in both orders, with each fault and number of instances, unless told otherwise', () => {
    expect(parseCommand([])?.cells).toHaveLength(3 * 2 * 2 * 2)
    expect(
      parseCommand(['--wires', 'redis,nats', '--faults', 'kill', '--instances', '1', '--gone', '500'])?.cells,
    ).toEqual([
      { wires: ['redis', 'nats'], fault: 'kill', instances: 1, perSecond: 1_000, goneMs: 500 },
      { wires: ['nats', 'redis'], fault: 'kill', instances: 1, perSecond: 1_000, goneMs: 500 },
    ])
  })

  it.each([
    [['--wires', 'redis,pigeon'], 'pigeon'],
    [['--wires', 'redis'], 'two names'],
    [['--faults', 'rust'], 'rust'],
    [['--instances', '0'], '--instances'],
    [['--rate', 'fast'], '--rate'],
    [['--pairs', 'x'], 'pairs'],
  ])('refuses %j and says why', (args, why) => {
    expect(() => parseCommand(args)).toThrow(UsageError)
    expect(() => parseCommand(args)).toThrow(why)
  })
})
