import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { wiresToKill } from './wires/wire-name.ts'

/** The order of the command line. */
export interface Command {
  readonly forMs: number
  readonly agents: number
  readonly transports: readonly string[]
  readonly archive: string | undefined
  readonly json: boolean
  /** Wires are killed until the end, as this seed decides. */
  readonly chaosSeed: number | undefined
}

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export const usage = `Usage: pnpm start [options]

Runs a small fleet of agents that watches this machine, then says what became of every message.

  --for TIME           how long: 500ms, 8s, 5m, 1h (default 8s)
  --agents N           how many probes, 1 to 200 (default 4)
  --transports A,B     names or URLs of transports (default memory,named-pipes,lanet); redis, nats and amqp without a URL, and
                       websocket, start a server for this run; with memory alone all agents share one process, else they have
                       processes of their own, one of which is killed, and in the middle the wire in use as well, if it is one of
                       named-pipes and lanet and there is another
  --chaos              keeps killing one of these wires after the other until the end
  --seed N             which of them when, and for how long (default: by chance; the summary has it)
  --archive FILE       where the scribe keeps its archive, added to if it is there (default: a new file in a temporary folder)
  --json               print the summary as JSON, and nothing else
  --help               this text

Ends with 0 when nothing was lost or handled twice, with 1 when something was, with 2 when it could not run.`

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
/** The longest time that a timer of Node can wait. */
const maxMs = 2 ** 31 - 1
const mostSeed = 2 ** 32 - 1

function toMs(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(amount) * (units[unit] ?? Number.NaN)
  if (ms > 0 && ms <= maxMs) return ms
  throw new UsageError(`--for takes a time such as 500ms, 10s, 5m or 1h, up to 24 days, not "${text}"`)
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 200) return count
  throw new UsageError(`--agents takes a number of 1 to 200, not "${text}"`)
}

function toList(text: string): readonly string[] {
  const names = text.split(',').map(name => name.trim())
  if (names.every(name => name !== '')) return names
  throw new UsageError(`--transports takes names or URLs with commas between them, not "${text}"`)
}

function toChaosSeed(chaos: boolean, seed: string | undefined, transports: readonly string[]): number | undefined {
  if (!chaos) {
    if (seed === undefined) return undefined
    throw new UsageError('--seed has no meaning without --chaos')
  }
  if (wiresToKill(transports).length === 0) {
    throw new UsageError('--chaos needs named-pipes or lanet among the transports, and another one between processes')
  }
  const number = seed === undefined ? randomInt(1, mostSeed) : Number(seed)
  if (Number.isInteger(number) && number >= 0 && number <= mostSeed) return number
  throw new UsageError(`--seed takes a number of 0 to ${mostSeed}, not "${seed}"`)
}

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const transports = toList(values.transports)
  return {
    forMs: toMs(values.for),
    agents: toCount(values.agents),
    transports,
    chaosSeed: toChaosSeed(values.chaos, values.seed, transports),
    archive: values.archive,
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        for: { type: 'string', default: '8s' },
        agents: { type: 'string', default: '4' },
        transports: { type: 'string', default: 'memory,named-pipes,lanet' },
        chaos: { type: 'boolean', default: false },
        seed: { type: 'string' },
        archive: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    // The advice of parseArgs after the first sentence is of no use here: there are no positional arguments.
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
