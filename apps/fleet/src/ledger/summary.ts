import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DeliveryLevel, StopReport } from '@sm/core'
import type { Killed } from './killed.ts'
import type { Ledger, MemberTally, RouteTally, TypeTally } from './ledger.ts'
import type { Outage } from './outages.ts'

/** Counts of one type, or of all types of one delivery level. */
export interface Counts {
  /** Messages. */
  readonly published: number
  /** Handlings that these ask for: one by each handler of the type. */
  readonly expected: number
  readonly handled: number
  /** At-least-once messages that a handler never had. */
  readonly lost: number
  /** At-most-once messages that a handler never had. */
  readonly dropped: number
  readonly handledTwice: number
  /** Handlings that were repeated because the process of the first was killed before it could acknowledge. */
  readonly handledAgain: number
  /** Handlings of what nobody is known to have published. */
  readonly strays: number
  /** Messages whose publisher was killed before it could tell of them. */
  readonly unconfirmed: number
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/** The outcome of the messages of a fleet. */
export interface Summary {
  /** Nothing was lost, handled twice or handled without having been published, and the archive is complete. */
  readonly ok: boolean
  readonly elapsedMs: number
  readonly lost: number
  readonly handledTwice: number
  readonly handledAgain: number
  readonly dropped: number
  readonly strays: number
  readonly unconfirmed: number
  /** The member that was killed on purpose, and what became of its share. */
  readonly killed?: Killed
  /** The wires that were killed on purpose, in their order. */
  readonly outages: readonly Outage[]
  /** Longest time of the work in which no process handled anything of another, in milliseconds. */
  readonly longestGapMs: number
  /** Of the wires that were killed by chance: the seed that decided. */
  readonly seed?: number
  readonly types: Readonly<Record<string, Counts & { readonly delivery: DeliveryLevel }>>
  readonly deliveries: Readonly<Partial<Record<DeliveryLevel, Counts & { readonly latencyMs?: Percentiles }>>>
  /** By transport: messages that left over it, and handlings of what came over it. */
  readonly transports: Readonly<Record<string, { readonly published: number; readonly handled: number }>>
  /** Where handlers never had a message, and how many. */
  readonly missing: Readonly<Record<string, number>>
  readonly requests: { readonly answered: number; readonly unanswered: number; readonly latencyMs?: Percentiles }
  readonly routes: readonly RouteTally[]
  readonly members: readonly MemberTally[]
  readonly stopped: StopReport
  /** The file, its lines, and how many the scribe says it wrote. */
  readonly archive: { readonly file: string; readonly lines: number; readonly written: number }
  readonly troubles: Readonly<Record<string, number>>
  /** Codes of what the library warned of and dealt with, and how often. */
  readonly warnings: Readonly<Record<string, number>>
}

export interface SummaryOptions {
  readonly elapsedMs: number
  /** The file, and how many bytes were in it before. */
  readonly archive: { readonly file: string; readonly fromByte: number }
  readonly stops: readonly StopReport[]
  readonly killed?: Killed | undefined
  readonly seed?: number | undefined
}

const nothing: Counts = {
  published: 0,
  expected: 0,
  handled: 0,
  lost: 0,
  dropped: 0,
  handledTwice: 0,
  handledAgain: 0,
  strays: 0,
  unconfirmed: 0,
}

function toCounts(tally: TypeTally): Counts {
  const { delivery, published, expected, handled, missing, twice, again, stray, unconfirmed } = tally
  const absent = [...missing.values()].reduce((sum, count) => sum + count, 0)
  const lost = delivery === 'at-least-once' ? absent : 0
  const dropped = absent - lost
  return {
    published,
    expected,
    handled,
    lost,
    dropped,
    handledTwice: twice,
    handledAgain: again,
    strays: stray,
    unconfirmed,
  }
}

function add(a: Counts, b: Counts): Counts {
  const sum = { ...nothing } as Record<keyof Counts, number>
  for (const name of Object.keys(nothing) as (keyof Counts)[]) sum[name] = a[name] + b[name]
  return sum
}

/** Compares what was published with what was handled, and the archive with both. */
export async function toSummary(ledger: Ledger, options: SummaryOptions): Promise<Summary> {
  const { elapsedMs, archive, stops, killed, seed } = options
  const tallies = [...ledger.tallies()].sort(([a], [b]) => (a < b ? -1 : 1))
  const all = tallies.map(([, tally]) => toCounts(tally)).reduce(add, nothing)
  const { lost, dropped, handledTwice, handledAgain, strays, unconfirmed } = all
  const members = [...ledger.members.values()]
  const written = members.filter(({ role }) => role === 'scribe').reduce((sum, { handled }) => sum + handled, 0)
  const lines = await countLines(archive)
  return {
    ok: lost === 0 && handledTwice === 0 && strays === 0 && lines === written,
    elapsedMs,
    lost,
    handledTwice,
    handledAgain,
    dropped,
    strays,
    unconfirmed,
    ...(killed && { killed }),
    ...ledger.outages.list(),
    ...(seed !== undefined && { seed }),
    types: Object.fromEntries(tallies.map(([type, tally]) => [type, { delivery: tally.delivery, ...toCounts(tally) }])),
    deliveries: byDelivery(ledger, tallies),
    transports: byTransport(ledger),
    missing: Object.fromEntries(tallies.flatMap(([, { missing }]) => [...missing])),
    requests: { ...ledger.requests, ...latencyOf(ledger, 'request') },
    routes: [...ledger.routes.values()],
    members,
    stopped: {
      completed: stops.reduce((sum, { completed }) => sum + completed, 0),
      handedBack: stops.reduce((sum, { handedBack }) => sum + handedBack, 0),
      abandoned: stops.reduce((sum, { abandoned }) => sum + abandoned, 0),
      unsent: stops.reduce((sum, { unsent }) => sum + unsent, 0),
    },
    archive: { file: archive.file, lines, written },
    troubles: Object.fromEntries(ledger.troubles),
    warnings: Object.fromEntries(ledger.warnings),
  }
}

function byDelivery(ledger: Ledger, tallies: readonly (readonly [string, TypeTally])[]): Summary['deliveries'] {
  const deliveries: Partial<Record<DeliveryLevel, Counts & { readonly latencyMs?: Percentiles }>> = {}
  for (const [, tally] of tallies) {
    const { delivery } = tally
    deliveries[delivery] = { ...add(deliveries[delivery] ?? nothing, toCounts(tally)), ...latencyOf(ledger, delivery) }
  }
  return deliveries
}

function byTransport(ledger: Ledger): Summary['transports'] {
  const transports: Record<string, { published: number; handled: number }> = {}
  const of = (name: string) => {
    transports[name] ??= { published: 0, handled: 0 }
    return transports[name]
  }
  for (const [name, published] of ledger.publishedOver) of(name).published += published
  for (const { transport, handled } of ledger.routes.values()) of(transport).handled += handled
  return transports
}

function latencyOf(ledger: Ledger, what: keyof Ledger['latencies']): { readonly latencyMs?: Percentiles } {
  const latencyMs = ledger.latencies[what].percentiles()
  return latencyMs ? { latencyMs } : {}
}

/** Lines that hold a JSON object. */
async function countLines({ file, fromByte }: SummaryOptions['archive']): Promise<number> {
  let lines = 0
  for await (const line of createInterface({ input: createReadStream(file, { start: fromByte }) })) {
    if (typeof JSON.parse(line) === 'object') lines += 1
  }
  return lines
}
