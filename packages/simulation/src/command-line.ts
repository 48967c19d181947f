import { parseArgs } from 'node:util'

/** The order of the command line. */
export interface Command {
  /** The first seed. */
  readonly from: number
  readonly seeds: number
  /** Whether the plan of faults and the counts of each run are shown. */
  readonly verbose: boolean
}

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export const usage = `Usage: pnpm simulate [options]

Runs a fleet of 20 agents on 3 simulated wires, once for each seed, and holds each history against the rules.

  --seeds N   how many seeds (default 200)
  --from S    the first of them (default 1)
  --seed S    this one alone, with its faults and counts
  --help      this text

Ends with 1 at the first seed that breaks a rule, and prints the command that replays it.`

function toInteger(name: string, text: string, min: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= 0xffff_ffff) return value
  throw new UsageError(`--${name} takes an integer of ${min} or more, not "${text}"`)
}

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command | undefined {
  const { help, seed, seeds, from } = parse(args)
  if (help) return undefined
  if (seed === undefined) {
    return { from: toInteger('from', from ?? '1', 0), seeds: toInteger('seeds', seeds ?? '200', 1), verbose: false }
  }
  if (seeds !== undefined || from !== undefined) throw new UsageError('--seed takes neither --seeds nor --from')
  return { from: toInteger('seed', seed, 0), seeds: 1, verbose: true }
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    const options = { help: { type: 'boolean' }, seed: text, seeds: text, from: text } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
