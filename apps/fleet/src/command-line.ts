import { parseArgs } from 'node:util'

/** The order of the command line. */
export interface Command {
  readonly forMs: number
  readonly agents: number
  readonly transports: readonly string[]
  readonly archive: string | undefined
  readonly json: boolean
}

/** The command line makes no sense; the text says why. */
export class UsageError extends Error {}

export const usage = `Usage: pnpm start [options]

Runs a small fleet of agents that watches this machine, then says what became of every message.

  --for TIME           how long: 500ms, 10s, 5m, 1h (default 10s)
  --agents N           how many probes, 1 to 200 (default 4)
  --transports A,B     names or URLs of transports (default memory,named-pipes); redis, nats and amqp without a URL, and
                       websocket, start a server for this run; with memory alone all agents share one process, else each has its own
                       and one of them is killed half-way
  --archive FILE       where the scribe keeps its archive, added to if it is there (default: a new file in a temporary folder)
  --json               print the summary as JSON, and nothing else
  --help               this text

Ends with 0 when nothing was lost or handled twice, with 1 when something was, with 2 when it could not run.`

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
/** The longest time that a timer of Node can wait. */
const maxMs = 2 ** 31 - 1

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

/** Reads the arguments; undefined when help is asked for. Throws a {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command | undefined {
  const values = parse(args)
  if (values.help) return undefined
  return {
    forMs: toMs(values.for),
    agents: toCount(values.agents),
    transports: toList(values.transports),
    archive: values.archive,
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        for: { type: 'string', default: '10s' },
        agents: { type: 'string', default: '4' },
        transports: { type: 'string', default: 'memory,named-pipes' },
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
