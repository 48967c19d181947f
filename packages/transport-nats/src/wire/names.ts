import { createHash } from 'node:crypto'
import { boundedName } from '@sm/brokered'
import { type Address, formatAgentRef, matchesPattern, type SubscriptionSpec, type Target } from '@sm/core/transport'
import { storedId } from './receipt.ts'

/**
 * The last token of every subject of JetStream. No topic can have it, and `order.>` with it fits `order` too, so that a pattern
 * that ends in `#` is one filter: a consumer of nats-server 2.9 has no more.
 */
const end = '_'

/** A pattern as the subjects of NATS can say it. */
interface Narrowed {
  /** Its segments up to the first `#`. */
  readonly head: readonly string[]
  /** Whether more segments may follow. */
  readonly open: boolean
  /** Whether nothing else fits: otherwise receivers must look again. */
  readonly exact: boolean
}

/** `#.*` and `*.#` mean the same; with the stars in front, more can be said by a subject. */
function starsFirst(segments: readonly string[]): string[] {
  const sorted: string[] = []
  let many = false
  for (const segment of segments) {
    if (segment === '#') {
      many = true
      continue
    }
    if (many && segment !== '*') {
      sorted.push('#')
      many = false
    }
    sorted.push(segment)
  }
  if (many) sorted.push('#')
  return sorted
}

function narrow(pattern: string): Narrowed {
  const segments = starsFirst(pattern.split('.'))
  const many = segments.indexOf('#')
  if (many < 0) return { head: segments, open: false, exact: true }
  return { head: segments.slice(0, many), open: true, exact: many === segments.length - 1 }
}

/** The subjects and names of one namespace, and how they are read back. */
export class Names {
  readonly namespace: string
  /** The stream of what is sent at least once. */
  readonly stream: string
  /** The stream of dead letters. No namespace holds an equals sign. */
  readonly deadStream: string
  /** Every subject of the stream. */
  readonly streamSubjects: string
  readonly deadSubjects: string
  /** The stream of what is known of frames beside what they carry: a text for each. */
  readonly triesStream: string
  readonly triesSubjects: string
  /** Where something is stored to learn what the clock of the server says. */
  readonly clock: string
  /** Where members say which groups begin and end. */
  readonly groups: string

  constructor(namespace: string) {
    this.namespace = namespace
    this.stream = namespace
    this.deadStream = `${namespace}=dead`
    this.streamSubjects = `${namespace}.js.>`
    this.deadSubjects = `${namespace}.dead.>`
    this.triesStream = `${namespace}=tries`
    this.triesSubjects = `${namespace}.tries.>`
    this.clock = `${namespace}.tries.clock`
    this.groups = `${namespace}.groups`
  }

  /** Where a frame goes that is sent at most once. */
  plain(address: Address): string {
    return `${this.namespace}.${path(address)}`
  }

  /** Where a frame goes that is sent at least once. */
  kept(address: Address): string {
    return `${this.namespace}.js.${path(address)}.${end}`
  }

  /** Where a frame goes that came from `subject`, and was rejected. */
  dead(subject: string): string {
    return `${this.namespace}.dead.${subject.slice(this.namespace.length + '.js.'.length, -end.length - 1)}`
  }

  /** Where it stands how many tries began of a frame that a consumer was handed, `token` being where its end is told. */
  tries(consumer: string, token: string): string {
    return `${this.namespace}.tries.of.${consumer}.${storedId(token)}`
  }

  /** The topic of a subject of either kind. */
  topicOf(subject: string, kept: boolean): string {
    const start = this.namespace.length + (kept ? '.js.topic.' : '.topic.').length
    return kept ? subject.slice(start, -end.length - 1) : subject.slice(start)
  }

  /** The subjects to subscribe to for what is sent at most once. No frame fits two of them. */
  plainFilters(target: Target): string[] {
    if (target.kind === 'inbox') return [this.plain(target)]
    const { head, open, exact } = narrow(target.pattern)
    const base = [this.namespace, 'topic', ...head].join('.')
    if (!open) return [base]
    return exact && head.length > 0 ? [base, `${base}.>`] : [`${base}.>`]
  }

  /** The one subject that holds all that is sent at least once. */
  keptFilter(target: Target): string {
    if (target.kind === 'inbox') return this.kept(target)
    const { head, open } = narrow(target.pattern)
    return [this.namespace, 'js', 'topic', ...head, open ? '>' : end].join('.')
  }

  /** The queue group of a subscription. Different patterns of one group are different queues. */
  queue(spec: SubscriptionSpec): string {
    return `${spec.group}=${targetText(spec.target)}`
  }

  /** The name of the consumer of a subscription: readable at its beginning, and told from others by its end. */
  consumer(spec: SubscriptionSpec): string {
    const whole = this.queue(spec)
    const readable = boundedName(whole.replaceAll(/[^A-Za-z0-9_=-]/g, '_'), 100)
    return `${readable}-${createHash('sha256').update(whole).digest('hex').slice(0, 12)}`
  }

  /** Where the members of a group can be found. */
  members(consumer: string): string {
    return `${this.namespace}.members.${consumer}`
  }
}

/** The pattern that receivers must look at themselves, because a subject cannot say it. */
export function leftToReceivers(target: Target): string | undefined {
  if (target.kind === 'inbox') return undefined
  return narrow(target.pattern).exact ? undefined : target.pattern
}

/** Whether a subject fits a filter of NATS. */
export function fitsFilter(filter: string, subject: string): boolean {
  if (filter === subject) return true
  if (!filter.includes('*') && !filter.endsWith('>')) return false
  // The trailing `>` of NATS is one segment or more.
  const pattern = filter.endsWith('>') ? `${filter.slice(0, -1)}*.#` : filter
  return matchesPattern(pattern, subject)
}

function path(address: Address): string {
  if (address.kind === 'topic') return `topic.${address.topic}`
  const { agent, instance } = address
  return instance === undefined ? `inbox.${agent}` : `inbox.${agent}.${instance}`
}

function targetText(target: Target): string {
  return target.kind === 'inbox' ? `inbox/${formatAgentRef(target)}` : target.pattern
}
