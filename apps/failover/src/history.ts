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
  /** Acknowledged, and never handled. */
  readonly lost: number
  /** Handled more than once. */
  readonly twice: number
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

/** Judges a history. */
export function judge(entries: readonly HistoryLine[]): Verdict {
  const published = entries.filter(entry => entry.kind === 'published')
  const handled = entries.filter(entry => entry.kind === 'handled').sort((a, b) => a.at - b.at)
  const times = new Map<number, number>()
  const wires: Record<string, number> = {}
  let late = 0
  let highest = -1
  for (const { n, wire } of handled) {
    times.set(n, (times.get(n) ?? 0) + 1)
    wires[wire] = (wires[wire] ?? 0) + 1
    if (n < highest) late += 1
    highest = Math.max(highest, n)
  }
  const acknowledged = published.filter(({ outcome }) => outcome === 'ok')
  return {
    published: published.length,
    handled: handled.length,
    lost: acknowledged.filter(({ n }) => !times.has(n)).length,
    twice: [...times.values()].filter(count => count > 1).length,
    unknown: published.filter(({ outcome }) => outcome === 'unknown').length,
    failed: published.filter(({ outcome }) => outcome === 'failed').length,
    late,
    longestGapMs: longestGap(
      handled.map(({ at }) => at),
      Math.max(0, ...published.map(({ at }) => at)),
    ),
    wires,
  }
}

/** The longest time between two of these moments, up to the last publish. */
function longestGap(moments: readonly number[], until: number): number {
  let longest = 0
  for (let i = 1; i < moments.length; i++) {
    const [before, next] = [moments[i - 1] as number, moments[i] as number]
    if (before < until) longest = Math.max(longest, Math.min(next, until) - before)
  }
  return Math.round(longest)
}
