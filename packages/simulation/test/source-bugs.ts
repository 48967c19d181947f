import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SlipRun } from './slip-runs.ts'

/**
 * A slip in the code that fails over: text of a file that is replaced while the file is loaded. Nothing of the packages is imported
 * here, since it would be loaded before the slip is planted.
 */
export interface SourceBug {
  readonly name: string
  /** The path from `packages`, the text that stands there once, and what is loaded in its place. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** The rules of which one must notice it. */
  readonly rules: readonly string[]
  /** The runs in which it is looked for. */
  readonly run: SlipRun
}

const deduplicate = 'core/src/receiving/stages/deduplicate.ts'
const receiver = 'core/src/receiving/receiver.ts'
const directPublish = 'core/src/sending/direct-publish.ts'
const sender = 'core/src/sending/sender.ts'
const wire = 'core/src/sending/wire.ts'
const keyLanes = 'core/src/sending/key-lanes.ts'
const coreOutbox = 'core/src/sending/outbox.ts'
const routeFailure = 'core/src/sending/route-failure.ts'
const presenceWire = 'core/src/directory/presence-wire.ts'
const roster = 'core/src/directory/roster.ts'
const outbox = 'brokered/src/publishing/outbox.ts'

const bug = (
  name: string,
  run: SlipRun,
  rules: readonly string[],
  file: string,
  from: string,
  to: string,
): SourceBug => ({ name, run, rules, file, from, to })

/** Slips that nobody can make from outside of core and the toolkit. */
export const sourceBugs: readonly SourceBug[] = [
  bug(
    'a handler gets what it has claimed and handled before',
    'cut',
    ['nothing-twice'],
    deduplicate,
    "if (claim === 'done') return 'duplicate'",
    "if (claim === 'done') return run(job)",
  ),
  bug(
    'a receiver acks before it handles',
    'receivers crash',
    ['nothing-lost'],
    receiver,
    'reports.received(delivery, transport)\n',
    'reports.received(delivery, transport)\n    delivery.ack()\n',
  ),
  bug(
    'what is taken back from a wire is dropped on the switch to the next',
    'broker crash',
    ['nothing-lost'],
    directPublish,
    'if (next) return this.#by(next, way)',
    "if (next) return isRecalled ? { evidence: 'accepted' } : this.#by(next, way)",
  ),
  bug(
    'what may have left moves to a group that cannot notice a repeat',
    'half open',
    ['one-wire'],
    directPublish,
    'hasEnded || (unknown && !this.#isRepeatNoticed)',
    'hasEnded',
  ),
  bug(
    'what has left is taken back as if it had not',
    'cut',
    ['one-wire'],
    outbox,
    'const { frame, mayHaveArrived, isEnded } = pending\n',
    'const { frame, isEnded } = pending\n        const mayHaveArrived = false\n',
  ),
  bug(
    'a publish that was taken back leaves all the same',
    'half open',
    ['one-wire'],
    outbox,
    '        this.#fail(pending, recalledError(this.#transport, frame, mayHaveArrived))\n',
    `        queueMicrotask(() => {
          const again = new PendingPublish(frame, pending.address, undefined, this)
          this.#waiting.add(again)
          Promise.resolve(again.outcome).catch(() => undefined)
        })
        this.#fail(pending, recalledError(this.#transport, frame, mayHaveArrived))
`,
  ),
  bug(
    'nothing is taken back from a wire that is silent',
    'half open',
    ['check'],
    sender,
    'if (wire.isDoubted) wire.recall()',
    'if (wire.isDoubted) continue',
  ),
  bug('a wire that is silent is never left', 'half open', ['check'], wire, 'this.#breakerOf(to).trip(now)', ''),
  bug('a breaker never closes', 'half open', ['check'], wire, '    this.#breakers.delete(to)\n', ''),
  bug(
    'a breaker opens on what is the fault of the receiver',
    'broker crash',
    ['check'],
    routeFailure,
    "return !isSmError(error) || (error.retryable && error.code !== 'SM_ROUTE_NONE')",
    'return true',
  ),
  bug(
    'what waits for a wire is dropped',
    'away readers',
    ['nothing-lost'],
    coreOutbox,
    'resolve(parting.send())',
    "resolve({ evidence: 'accepted', copies: 1 })",
  ),
  bug(
    'a message overtakes one with its key that is on another wire',
    'keyed steps',
    ['check'],
    keyLanes,
    '!this.#isLate && this.#isBehindOthers(wire)',
    'false',
  ),
  bug(
    'what waited for a wire leaves in the wrong order',
    'away readers',
    ['check'],
    coreOutbox,
    'for (const kept of lane) if',
    'for (const kept of [...lane].reverse()) if',
  ),
  bug(
    'who leaves is believed to be there until it is silent for long',
    'a fleet that restarts',
    ['directory-converges'],
    presenceWire,
    'roster.left(this.name, instance, message.seq)',
    'return',
  ),
  bug(
    'a newcomer does not ask a second time',
    'a fleet that crashes',
    ['directory-converges'],
    'core/src/directory/enquiry.ts',
    'if (isFirst) this.#cancel',
    'if (tries < 0) this.#cancel',
  ),
  bug(
    'those who are silent are never forgotten',
    'a fleet that crashes',
    ['directory-converges'],
    roster,
    'if (endsAt <= now) this.#fallSilent(known, wire)',
    'if (endsAt <= now) isMore = true',
  ),
  bug(
    'an agent says only once more that it is there',
    'a fleet that crashes',
    ['directory-converges'],
    presenceWire,
    '    this.#scheduleBeat()\n  }\n\n  /** It grows',
    '  }\n\n  /** It grows',
  ),
]

const packages = join(import.meta.dirname, '../..')

/** The text of a file with a slip in it. Throws unless its place is there, once. */
export function withBug({ name, file, from, to }: SourceBug, text: string): string {
  const places = text.split(from).length - 1
  if (places !== 1) throw new Error(`"${name}" wants one place in ${file}, which has ${places}`)
  return text.replace(from, () => to)
}

/** The path of the file of a slip. */
export function pathOf({ file }: SourceBug): string {
  return join(packages, file)
}

/** Throws unless a slip has its place. */
export function requirePlace(bug: SourceBug): void {
  withBug(bug, readFileSync(pathOf(bug), 'utf8'))
}
