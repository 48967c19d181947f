import { parseArgs } from 'node:util'
import type { Cell } from './cell.ts'
import type { ChaosRun } from './chaos/run-chaos.ts'
import { type FaultName, faultNames, faultsOf, type WireName, wireNames } from './faults.ts'

/** The order of the command line: cells of the matrix, or long runs. */
export type Command = {
  readonly json: string | undefined
} & (
  | { readonly kind: 'matrix'; readonly cells: readonly Cell[] }
  | { readonly kind: 'chaos'; readonly runs: readonly ChaosRun[] }
)

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export const usage = `Usage: pnpm failover [options]

Has one wire fail while an agent sends to another, with a second wire at hand, for pairs of wires and faults, and says what became of
every message. With --chaos: kills, freezes and restores one wire after the other of an agent that has them all, in an order and at
moments that the seed decides.

  --wires A,B,…        which wires, of ${wireNames.join(', ')}; each pair of them is run in both orders (default: all)
  --faults A,B         which faults, of ${faultNames.join(', ')}, where the first wire has them (default: all)
  --gone MS            how long the first wire is gone (default 4000)

  --chaos              the long run
  --seed A,B,…         its seeds (default 1)
  --messages N         how many messages are published (default 50000)

  --instances A,B      how many instances the receiver has (default 1,3)
  --rate N             messages a second (default 1000)
  --json FILE          writes the results there too
  --help               this text

Ends with 0 when nothing was lost or handled twice, with 1 when something was, with 2 when it could not run. What a broker had
acknowledged and lost with its data ("with data") is not counted as lost.`

function list<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  const names = text.split(',').map(name => name.trim())
  const stray = names.find(name => !(known as readonly string[]).includes(name))
  if (stray !== undefined) throw new UsageError(`--${option} takes names out of ${known.join(', ')}, not "${stray}"`)
  return [...new Set(names)] as T[]
}

function count(option: string, text: string, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new UsageError(`--${option} takes a number of 1 to ${most}, not "${text}"`)
}

function counts(option: string, text: string, most: number): readonly number[] {
  return text.split(',').map(each => count(option, each.trim(), most))
}

/** The options that have a meaning only with, and only without `--chaos`. */
const ofChaos = ['seed', 'messages'] as const
const ofMatrix = ['wires', 'faults', 'gone'] as const

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        wires: { type: 'string' },
        faults: { type: 'string' },
        gone: { type: 'string' },
        chaos: { type: 'boolean', default: false },
        seed: { type: 'string' },
        messages: { type: 'string' },
        instances: { type: 'string', default: '1,3' },
        rate: { type: 'string', default: '1000' },
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
  const { json } = values
  if (values.help) return undefined
  const stray = (values.chaos ? ofMatrix : ofChaos).find(option => values[option] !== undefined)
  if (stray !== undefined)
    throw new UsageError(`--${stray} has no meaning ${values.chaos ? 'with' : 'without'} --chaos`)
  const instances = counts('instances', values.instances, 20)
  const perSecond = count('rate', values.rate, 100_000)
  if (values.chaos) {
    const messages = count('messages', values.messages ?? '50000', 10_000_000)
    const seeds = counts('seed', values.seed ?? '1', 2 ** 32 - 1)
    const runs = seeds.flatMap(seed => instances.map(each => ({ seed, instances: each, messages, perSecond })))
    return { kind: 'chaos', runs, json }
  }
  const wires = list<WireName>('wires', values.wires ?? wireNames.join(), wireNames)
  if (wires.length < 2) throw new UsageError('--wires takes two names or more')
  const chosen = list<FaultName>('faults', values.faults ?? faultNames.join(), faultNames)
  const goneMs = count('gone', values.gone ?? '4000', 600_000)
  const cells: Cell[] = []
  for (const first of wires) {
    for (const second of wires) {
      if (second === first) continue
      for (const fault of faultsOf(first)) {
        if (!chosen.includes(fault)) continue
        for (const each of instances) cells.push({ wires: [first, second], fault, instances: each, perSecond, goneMs })
      }
    }
  }
  return { kind: 'matrix', cells, json }
}
