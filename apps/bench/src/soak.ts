import { readdirSync, readFileSync } from 'node:fs'
import { type BrokerName, brokerNames } from '../../../tooling/brokers/index.ts'
import { prepareBroker } from './broker-server.ts'
import type { SoakCommand } from './command-line.ts'
import type { PairName } from './pairs/index.ts'
import { bodySizes } from './payload.ts'
import { median } from './statistics.ts'
import { oneWayPair } from './two-processes/one-way.ts'

/** The transports that can be soaked. */
export const soakTransports: readonly string[] = ['named-pipes', 'lanet', ...brokerNames]

/** The memory and descriptors of a process at a moment. */
interface Holding {
  readonly rssMiB: number
  readonly descriptors: number
}

/** The memory and descriptors of both ends after so many messages. */
interface Mark {
  readonly elapsedMs: number
  readonly messages: number
  readonly ends: readonly Holding[]
}

const names = ['publisher', 'consumer'] as const
/** How many times it is looked at what the processes hold. */
const marks = 30
/** How much more resident memory the last third may show than the third before: the heap breathes. */
const allowedGrowth = 1.15
/** Below this many MiB growth says nothing: the runtime itself varies that much. */
const allowedMiB = 16

function holdingOf(pid: number): Holding {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  return { rssMiB: rssKiB / 1_024, descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

/** The growth between the second third of the marks and the last, in words. */
function growths(taken: readonly Mark[]): readonly string[] {
  const third = Math.floor(taken.length / 3)
  const found: string[] = []
  for (const [end, name] of names.entries()) {
    const middle = (marks: readonly Mark[], figure: keyof Holding) =>
      median(marks.map(({ ends }) => (ends[end] as Holding)[figure]))
    const [before, after] = [taken.slice(third, 2 * third), taken.slice(2 * third)]
    const [rss, later] = [middle(before, 'rssMiB'), middle(after, 'rssMiB')]
    if (later > rss * allowedGrowth && later - rss > allowedMiB) {
      found.push(`the ${name}'s memory grew from ${rss.toFixed(0)} to ${later.toFixed(0)} MiB`)
    }
    const [open, still] = [middle(before, 'descriptors'), middle(after, 'descriptors')]
    if (still > open) found.push(`the ${name}'s descriptors grew from ${open} to ${still}`)
  }
  return found
}

function toLine({ elapsedMs, messages, ends }: Mark): string {
  const shown = ends.map(({ rssMiB, descriptors }, i) => `${names[i]} ${rssMiB.toFixed(0)} MiB, ${descriptors} fds`)
  return `${(elapsedMs / 1_000).toFixed(0).padStart(5)} s  ${messages} messages  ${shown.join('  ')}`
}

/**
 * Publishes at least once for so long, and checks that nothing is lost or handled twice. True when memory and descriptors of
 * both ends stay flat.
 */
export async function soak({ transport, forMs }: SoakCommand, print: (line: string) => void): Promise<boolean> {
  const isBroker = (name: string): name is BrokerName => (brokerNames as readonly string[]).includes(name)
  const prepared = isBroker(transport) ? await prepareBroker(transport) : undefined
  const absent = prepared?.absent.get(transport)
  if (absent !== undefined) {
    print(`not run, ${absent}`)
    return true
  }
  const taken: Mark[] = []
  try {
    const pair = `${transport}-at-least-once` as PairName
    const contender = await oneWayPair(pair, { bodyBytes: bodySizes['1 KiB'], subscribers: 1 })
    const pids = [process.pid, ...(contender.farPids ?? [])]
    const start = performance.now()
    for (let messages = 0, next = 0; performance.now() - start < forMs; ) {
      // A wrong sum at the far end, a loss or a repeat, throws.
      await contender.run(2_000)
      messages += 2_000
      const elapsedMs = performance.now() - start
      if (elapsedMs < next) continue
      next += forMs / marks
      const mark: Mark = { elapsedMs, messages, ends: pids.map(holdingOf) }
      taken.push(mark)
      print(toLine(mark))
    }
    await contender.close()
  } finally {
    await prepared?.close()
  }
  const grown = growths(taken)
  print(grown.length === 0 ? 'flat' : grown.join('; '))
  return grown.length === 0
}
