/** A line that a sender writes when a publish has ended. Times are epoch milliseconds. */
export interface Published {
  readonly kind: 'published'
  readonly n: number
  readonly at: number
  readonly endedAt: number
  readonly outcome: 'ok' | 'failed' | 'unknown'
  /** The transport that took it, or the code of the error. */
  readonly by: string
}

/** A line that a receiver writes when it has handled a message. */
export interface Handled {
  readonly kind: 'handled'
  readonly n: number
  readonly at: number
  /** The instance that did. */
  readonly by: string
  readonly wire: string
}

export type HistoryLine = Published | Handled

/** What a history comes to. */
export interface Verdict {
  readonly published: number
  readonly handled: number
  /** Acknowledged, and never handled, apart from what was lost with the data of a broker. */
  readonly lost: number
  /** Acknowledged by a broker that lost its data after that, and never handled. */
  readonly lostWithData: number
  /** Handled more than once by one instance, or over two wires. */
  readonly twice: number
  /**
   * Handled by two instances, over one wire: its broker did not hear that the first had done it, and gave it to another. Instances that
   * share a deduplication store are spared that.
   */
  readonly redelivered: number
  /** Publishes that ended as unknown, and as failed. */
  readonly unknown: number
  readonly failed: number
  /** Handled after a message that was published later. */
  readonly late: number
  /** Longest time in which nothing was handled while messages were published, in milliseconds. */
  readonly longestGapMs: number
  /** How many each wire brought. */
  readonly wires: Readonly<Record<string, number>>
}

/** A broker that lost its data, and when it began anew without them. */
export interface DataLoss {
  readonly wire: string
  readonly at: number
}

/** Judges a history. What a wire had acknowledged before it lost its data is counted apart: between its end and its new start it acknowledged nothing. */
export function judge(entries: readonly HistoryLine[], dataLoss?: DataLoss): Verdict {
  const published = entries.filter(entry => entry.kind === 'published')
  const handled = entries.filter(entry => entry.kind === 'handled').sort((a, b) => a.at - b.at)
  const byNumber = new Map<number, Handled[]>()
  const wires: Record<string, number> = {}
  let late = 0
  let highest = -1
  for (const line of handled) {
    const { n, wire } = line
    byNumber.set(n, [...(byNumber.get(n) ?? []), line])
    wires[wire] = (wires[wire] ?? 0) + 1
    if (n < highest) late += 1
    highest = Math.max(highest, n)
  }
  const repeated = [...byNumber.values()].filter(({ length }) => length > 1)
  const redelivered = repeated.filter(isRedelivery)
  const missing = published.filter(({ n, outcome }) => outcome === 'ok' && !byNumber.has(n))
  const withData = missing.filter(({ by, endedAt }) => by === dataLoss?.wire && endedAt < dataLoss.at)
  return {
    published: published.length,
    handled: handled.length,
    lost: missing.length - withData.length,
    lostWithData: withData.length,
    twice: repeated.length - redelivered.length,
    redelivered: redelivered.length,
    unknown: published.filter(({ outcome }) => outcome === 'unknown').length,
    failed: published.filter(({ outcome }) => outcome === 'failed').length,
    late,
    longestGapMs: longestGap(
      handled.map(({ at }) => at),
      lastPublishOf(entries),
    ),
    wires,
  }
}

/** Whether each time another instance had it, and always over the same wire. */
function isRedelivery(times: readonly Handled[]): boolean {
  const count = (of: (line: Handled) => string) => new Set(times.map(of)).size
  return count(({ by }) => by) === times.length && count(({ wire }) => wire) === 1
}

/** The longest time between two of these moments, as far as it is before the last publish. */
function longestGap(moments: readonly number[], lastPublish: number): number {
  let longest = 0
  for (const { from, until } of gapsBetween(moments, lastPublish)) longest = Math.max(longest, until - from)
  return Math.round(longest)
}

/** When the last message was published. */
export function lastPublishOf(entries: readonly HistoryLine[]): number {
  return entries.reduce((last, { kind, at }) => (kind === 'published' ? Math.max(last, at) : last), 0)
}

/** The times between each two of these moments, as far as they are before the last publish. */
export function* gapsBetween(moments: readonly number[], lastPublish: number) {
  for (let i = 1; i < moments.length; i++) {
    const [from, until] = [moments[i - 1] as number, Math.min(moments[i] as number, lastPublish)]
    if (from < until) yield { from, until }
  }
}
