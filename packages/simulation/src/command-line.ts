import { parseArgs } from 'node:util'
import { smallWorlds } from './scenario/small-worlds.ts'

/** Runs of the fleet. */
export interface SeedsCommand {
  readonly kind: 'seeds'
  /** The first seed. */
  readonly from: number
  readonly seeds: number
  /** Whether the plan of faults and the counts of each run are shown. */
  readonly verbose: boolean
}

/** Every order of events of small worlds. */
export interface ExhaustiveCommand {
  readonly kind: 'exhaustive'
  /** Their names. */
  readonly worlds: readonly string[]
  readonly maxRuns: number
  readonly lateTimers: number
  /** The one order to run. Undefined for all. */
  readonly schedule: string | undefined
}

/** Fleets that grow, and what presence costs each agent. */
export interface GrowthCommand {
  readonly kind: 'growth'
  /** How many agents the largest has. */
  readonly most: number
  /** How many of the agents of one that is too large for one process hear the others. */
  readonly hearing: number
  /** The file to which the figures are written. */
  readonly json: string | undefined
}

/** The order of the command line. */
export type Command = SeedsCommand | ExhaustiveCommand | GrowthCommand

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export const usage = `Usage: pnpm simulate [options]

Runs a fleet of 20 agents on 3 simulated wires, once for each seed, and holds each history against the rules.

  --seeds N   how many seeds (default 200)
  --from S    the first of them (default 1)
  --seed S    this one alone, with its faults and counts

With --exhaustive, runs small worlds of two agents, two wires, three messages and one fault instead, once for each order of events:

  --world NAME      this world alone: ${Object.keys(smallWorlds).join(', ')}
  --late-timers N   how often in a run a timer may come before what is on its way (default 0)
  --max-runs N      most runs of one world (default 100000)
  --schedule TEXT   this order of events alone, with --world

With --growth, has fleets of 10, 100, … agents come up on one broker instead, and shows what it costs each to know who is there:

  --growth N        the largest fleet, 10000 at most: it takes some minutes
  --hearing N       how many agents of a fleet of more than 100 are whole: the others only speak (default 10)
  --json FILE       writes the figures to this file, too

  --help      this text

Ends with 1 at the first run that breaks a rule, and prints the command that replays it; with 3 where a world has more orders than
--max-runs, so that it is not known whether all keep the rules; with 2 where it was called wrongly.`

function toInteger(name: string, text: string, min: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= 0xffff_ffff) return value
  throw new UsageError(`--${name} takes an integer of ${min} or more, not "${text}"`)
}

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command | undefined {
  const { help, exhaustive, ...rest } = parse(args)
  if (help) return undefined
  if (exhaustive && rest.growth !== undefined) throw new UsageError('--growth goes without --exhaustive')
  const kind = exhaustive ? 'exhaustive' : rest.growth === undefined ? 'seeds' : 'growth'
  for (const [owner, names] of Object.entries(options)) {
    const stray = owner === kind ? undefined : names.find(name => rest[name] !== undefined)
    if (stray) throw new UsageError(`--${stray} goes ${owner === 'seeds' ? `without --${kind}` : `with --${owner}`}`)
  }
  if (kind === 'growth') return toGrowth(rest)
  return kind === 'exhaustive' ? toExhaustive(rest) : toSeeds(rest)
}

/** The options that go with each kind of command. */
const options = {
  seeds: ['seed', 'seeds', 'from'],
  exhaustive: ['world', 'late-timers', 'max-runs', 'schedule'],
  growth: ['growth', 'hearing', 'json'],
} as const

type Values = Readonly<Partial<Record<(typeof options)[keyof typeof options][number], string>>>

function toSeeds({ seed, seeds, from }: Values): SeedsCommand {
  const kind = 'seeds'
  if (seed === undefined) {
    return {
      kind,
      from: toInteger('from', from ?? '1', 0),
      seeds: toInteger('seeds', seeds ?? '200', 1),
      verbose: false,
    }
  }
  if (seeds !== undefined || from !== undefined) throw new UsageError('--seed takes neither --seeds nor --from')
  return { kind, from: toInteger('seed', seed, 0), seeds: 1, verbose: true }
}

function toExhaustive({ world, schedule, ...rest }: Values): ExhaustiveCommand {
  const worlds = Object.keys(smallWorlds)
  if (world !== undefined && !worlds.includes(world))
    throw new UsageError(`There is no world "${world}" (there are ${worlds.join(', ')})`)
  if (schedule !== undefined && world === undefined) throw new UsageError('--schedule goes with --world')
  return {
    ...{ kind: 'exhaustive', worlds: world === undefined ? worlds : [world], schedule },
    maxRuns: toInteger('max-runs', rest['max-runs'] ?? '100000', 1),
    lateTimers: toInteger('late-timers', rest['late-timers'] ?? '0', 0),
  }
}

function toGrowth({ growth, hearing, json }: Values): GrowthCommand {
  const most = toInteger('growth', growth as string, 2)
  // A directory has room for as many.
  if (most > 10_000) throw new UsageError(`--growth takes 10000 at most, not "${growth}"`)
  return { kind: 'growth', most, hearing: toInteger('hearing', hearing ?? '10', 1), json }
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const known = {
      ...{ help: flag, exhaustive: flag, seed: text, seeds: text, from: text },
      ...{ world: text, 'late-timers': text, 'max-runs': text, schedule: text },
      ...{ growth: text, hearing: text, json: text },
    } as const
    return parseArgs({ args: [...args], options: known }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
