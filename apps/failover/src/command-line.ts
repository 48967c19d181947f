import { parseArgs } from 'node:util'
import { type BrokerName, brokerNames, isBrokerName } from '../../../tooling/brokers/index.ts'
import type { Cell } from './cell.ts'
import { type FaultName, faultNames } from './faults.ts'

/** The order of the command line. */
export interface Command {
  readonly cells: readonly Cell[]
  readonly json: string | undefined
}

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export const usage = `Usage: pnpm failover [options]

Has one wire fail while an agent sends to another, with a second wire at hand, for pairs of wires and faults, and says what became of
every message.

  --wires A,B,…        which wires, of ${brokerNames.join(', ')}; each pair of them is run in both orders (default: all)
  --faults A,B         which faults, of ${faultNames.join(', ')} (default: all)
  --instances A,B      how many instances the receiver has (default 1,3)
  --rate N             messages a second (default 1000)
  --gone MS            how long the first wire is gone (default 4000)
  --json FILE          writes the results there too
  --help               this text

Ends with 0 when nothing was lost or handled twice, with 1 when something was, with 2 when it could not run.`

function list<T extends string>(
  option: string,
  text: string,
  known: readonly T[],
  isKnown: (name: string) => boolean,
): T[] {
  const names = text.split(',').map(name => name.trim())
  const stray = names.find(name => !isKnown(name))
  if (stray !== undefined) throw new UsageError(`--${option} takes names out of ${known.join(', ')}, not "${stray}"`)
  return [...new Set(names)] as T[]
}

function count(option: string, text: string, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new UsageError(`--${option} takes a number of 1 to ${most}, not "${text}"`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        wires: { type: 'string', default: brokerNames.join() },
        faults: { type: 'string', default: faultNames.join() },
        instances: { type: 'string', default: '1,3' },
        rate: { type: 'string', default: '1000' },
        gone: { type: 'string', default: '4000' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const wires = list<BrokerName>('wires', values.wires, brokerNames, isBrokerName)
  if (wires.length < 2) throw new UsageError('--wires takes two names or more')
  const chosen = list<FaultName>('faults', values.faults, faultNames, name =>
    (faultNames as readonly string[]).includes(name),
  )
  const instances = values.instances.split(',').map(text => count('instances', text, 20))
  const rest = { perSecond: count('rate', values.rate, 100_000), goneMs: count('gone', values.gone, 600_000) }
  const cells = wires.flatMap(first =>
    wires
      .filter(second => second !== first)
      .flatMap(second =>
        chosen.flatMap(fault =>
          instances.map(each => ({ wires: [first, second] as const, fault, instances: each, ...rest })),
        ),
      ),
  )
  return { cells, json: values.json }
}
