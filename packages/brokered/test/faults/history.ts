import assert from 'node:assert/strict'

/** A line that a process wrote down: a word, the number of a message, and when. */
interface Line {
  readonly word: string
  readonly number: number
  readonly at: number
}

/** The history of one process. */
export class History {
  readonly name: string
  readonly lines: readonly Line[]
  /** When it noticed that the connection was lost. */
  readonly losses: readonly number[]

  constructor(name: string, text: string) {
    this.name = name
    this.lines = text
      .split('\n')
      .slice(0, -1)
      .map(line => {
        const [word, number, at] = line.split(' ') as [string, string, string]
        return { word, number: Number(number), at: Number(at) }
      })
    this.losses = this.lines.filter(({ word }) => word === 'lost').map(({ at }) => at)
  }

  /** Times by number of what was noted with a word. */
  times(word: string): ReadonlyMap<number, readonly number[]> {
    const times = new Map<number, number[]>()
    for (const line of this.lines) {
      if (line.word === word) times.set(line.number, [...(times.get(line.number) ?? []), line.at])
    }
    return times
  }
}

/** A message that two members of the group have handled, and why that is no fault. */
export interface Repeat {
  readonly number: number
  readonly by: readonly string[]
  readonly why: string
}

export interface Verdict {
  readonly ok: number
  readonly failed: number
  readonly unknown: number
  readonly repeats: readonly Repeat[]
}

/** The faults of the broker. */
interface Harm {
  /** When each fault began. */
  readonly faults: readonly number[]
  /** How long before it noticed a loss the acks of a process may have been on their way to nowhere, in milliseconds. */
  readonly blindMs: number
  /** Why the broker itself has delivered a message twice, if somebody saw it do so. */
  readonly explain?: ((number: number) => string | undefined) | undefined
}

/**
 * Throws unless the history holds together: each publish ended; what ended well was handled, what failed was not; no process
 * handled a message twice; and where two members did, either the first had lost its connection before its ack was through, to a
 * fault that came before the second handled it, or the publish was repeated because the publisher had lost its own, or somebody
 * saw the broker itself go wrong.
 */
export function checkHistory(publishers: readonly History[], consumers: readonly History[], harm: Harm): Verdict {
  const ends = { ok: new Map<number, number>(), failed: new Map<number, number>(), unknown: new Map<number, number>() }
  const begun = new Map<number, readonly [History, number]>()
  for (const publisher of publishers) {
    for (const [number, times] of publisher.times('begun')) begun.set(number, [publisher, times[0] as number])
    for (const word of ['ok', 'failed', 'unknown'] as const) {
      for (const [number, times] of publisher.times(word)) ends[word].set(number, times[0] as number)
    }
  }
  const open = [...begun.keys()].filter(number => !Object.values(ends).some(ended => ended.has(number)))
  assert.deepEqual(open, [], `${open.length} publishes never ended`)

  const handled = new Map<number, Handling[]>()
  for (const consumer of consumers) {
    const taken = consumer.times('taken')
    for (const [number, times] of consumer.times('handled')) {
      assert.equal(times.length, 1, `${consumer.name} handled ${number} ${times.length} times`)
      const at = times[0] as number
      const handling = { consumer, taken: taken.get(number)?.[0] ?? at, at }
      handled.set(number, [...(handled.get(number) ?? []), handling])
    }
  }
  const lost = [...ends.ok.keys()].filter(number => !handled.has(number))
  assert.deepEqual(lost, [], `${lost.length} acknowledged messages were never handled`)
  const ghosts = [...ends.failed.keys()].filter(number => handled.has(number))
  assert.deepEqual(ghosts, [], `${ghosts.length} messages were handled whose publish had failed`)

  const repeats: Repeat[] = []
  for (const [number, by] of handled) {
    if (by.length === 1) continue
    const [publisher, from] = begun.get(number) as readonly [History, number]
    const until = ends.ok.get(number) ?? ends.unknown.get(number) ?? Number.POSITIVE_INFINITY
    const inOrder = [...by].sort((a, b) => a.taken - b.taken)
    for (const [i, first] of inOrder.slice(0, -1).entries()) {
      const second = inOrder[i + 1] as Handling
      const { name } = first.consumer
      const loss = lossBetween(first, second, harm)
      const repeated = publisher.losses.find(time => from <= time && time <= until)
      const why =
        loss !== undefined
          ? loss < first.at
            ? `${name} lost the broker with it in hand, ${first.at - loss} ms before handling it`
            : `${name} lost the broker ${loss - first.at} ms after handling it`
          : repeated !== undefined
            ? `${publisher.name} lost the broker while publishing it, and published it again`
            : harm.explain?.(number)
      const after = second.taken - first.taken
      assert.ok(
        why,
        `${number} was handled by ${name}, and by ${second.consumer.name}, which took it ${after} ms later, without a loss`,
      )
      repeats.push({ number, by: [name, second.consumer.name], why })
    }
  }
  const { ok, failed, unknown } = ends
  return { ok: ok.size, failed: failed.size, unknown: unknown.size, repeats }
}

/** One member's handling of one message: when the transport brought it, and when the handler began. */
interface Handling {
  readonly consumer: History
  readonly taken: number
  readonly at: number
}

/**
 * When the first lost the connection by which it had to ack. Its handler may have begun later: what is in hand is handled all
 * the same. The second can have the message only since the fault that the first noticed then.
 */
function lossBetween(first: Handling, second: Handling, { faults, blindMs }: Harm): number | undefined {
  return first.consumer.losses.find(loss => {
    const fault = Math.max(loss - blindMs, ...faults.filter(time => time <= loss))
    return first.taken <= loss && loss <= first.at + blindMs && fault <= second.at
  })
}
