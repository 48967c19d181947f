/** A publish that has ended. Its number is that of its sender alone. */
export interface Published {
  readonly n: number
  readonly to: string
  readonly outcome: 'ok' | 'failed' | 'unknown'
  /** The transports that took it, or the code of the error. */
  readonly over: string
}

/** A message that was handled. */
export interface Handled {
  readonly n: number
  readonly from: string
  readonly over: string
}

/** What an agent did. */
export interface Report {
  readonly published: readonly Published[]
  readonly handled: readonly Handled[]
}

/** An agent at a glance. */
export interface Look {
  /** What its directory knows: `b over lanet: subscribed`. */
  readonly evidence: readonly string[]
  /** How many messages it has handled, by where from and over what: `b over lanet`. */
  readonly brought: Readonly<Record<string, number>>
}

/** What became of all messages. */
export interface Verdict {
  readonly published: number
  /** Acknowledged and never handled, as `n a → b`. */
  readonly lost: readonly string[]
  /** Handled more than once. */
  readonly twice: readonly string[]
  /** Publishes that ended otherwise than acknowledged. */
  readonly notOk: readonly string[]
}

/** Compares what was published with what was handled. `reports` by agent. */
export function judge(reports: Readonly<Record<string, Report>>): Verdict {
  const times = new Map<string, number>()
  for (const [to, { handled }] of Object.entries(reports)) {
    for (const { n, from } of handled) {
      const key = `${n} ${from} → ${to}`
      times.set(key, (times.get(key) ?? 0) + 1)
    }
  }
  const published = Object.entries(reports).flatMap(([from, report]) =>
    report.published.map(each => ({ ...each, key: `${each.n} ${from} → ${each.to}` })),
  )
  return {
    published: published.length,
    lost: published.flatMap(({ key, outcome }) => (outcome === 'ok' && !times.has(key) ? [key] : [])),
    twice: [...times].flatMap(([key, count]) => (count > 1 ? [key] : [])),
    notOk: published.flatMap(({ key, outcome, over }) => (outcome === 'ok' ? [] : [`${key}: ${outcome}, ${over}`])),
  }
}
