import { parseArgs } from 'node:util'

/** The order of the command line. */
export interface Command {
  readonly target: string
  readonly json: string | undefined
  /** Parts of scenario names; a scenario is measured when its name contains one of them. */
  readonly scenarios: readonly string[]
  readonly quick: boolean
  readonly profiles: boolean
  /** A revision of the repository to measure our own subjects against. */
  readonly against: string | undefined
}

/** The order of the command line for a soak. */
export interface SoakCommand {
  readonly transport: string
  readonly forMs: number
}

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export function usage(targets: readonly string[]): string {
  return `Usage: pnpm bench TARGET [options]
       pnpm bench soak --transport NAME [--minutes N]

Targets: ${targets.join(', ')}

  --json FILE      write the results as JSON
  --scenario NAME  only the scenarios whose name contains NAME; may be given again
  --against REV    our own subjects alone, as they are and as they were at REV, in turns
  --quick          a short run that shows that everything works; its figures mean little, and nothing is judged
  --cpu-profile    instead of measuring, show where our time goes
  --help           this text

soak publishes at least once over a transport for so many minutes (default 5), and ends with 1 unless memory and
descriptors of both ends stay flat.`
}

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseCommand(args: readonly string[], targets: readonly string[]): Command | undefined {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  const [target, ...rest] = positionals
  if (target === undefined) throw new UsageError('Say what to measure')
  if (!targets.includes(target)) throw new UsageError(`There is no target "${target}"`)
  if (rest.length > 0) throw new UsageError(`One target at a time, not also ${rest.join(' ')}`)
  return {
    target,
    json: values.json,
    scenarios: values.scenario,
    quick: values.quick,
    profiles: values['cpu-profile'],
    against: values.against,
  }
}

/** Reads the arguments that follow `soak`. Throws a {@link UsageError}. */
export function parseSoak(args: readonly string[], transports: readonly string[]): SoakCommand {
  const { transport, minutes } = parseSoakOptions(args)
  if (transport === undefined || !transports.includes(transport)) {
    throw new UsageError(`--transport takes one of ${transports.join(', ')}`)
  }
  const forMs = Number(minutes) * 60_000
  if (!(forMs > 0 && forMs <= 24 * 3_600_000)) throw new UsageError('--minutes takes a number above 0, up to 1440')
  return { transport, forMs }
}

function parseSoakOptions(args: readonly string[]) {
  try {
    const options = { transport: { type: 'string' }, minutes: { type: 'string', default: '5' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        against: { type: 'string' },
        scenario: { type: 'string', multiple: true, default: [''] },
        quick: { type: 'boolean', default: false },
        'cpu-profile': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
