import assert from 'node:assert/strict'

/** The outcome of each publish of a sender, as it wrote it down. */
export class Sent {
  readonly begun = new Set<string>()
  readonly ok = new Set<string>()
  readonly failed = new Set<string>()
  readonly unknown = new Set<string>()

  constructor(lines: readonly string[]) {
    for (const line of lines) {
      const [what, id] = line.split(' ') as ['begun' | 'ok' | 'failed' | 'unknown', string]
      this[what].add(id)
    }
  }
}

/** The messages that one process has handled, as it wrote them down. */
export class Handled {
  readonly name: string
  /** Ids in the order of their handling; one that was handled twice stands there twice. */
  readonly ids: readonly string[]
  /** Those whose ack had left the process. */
  readonly acked: ReadonlySet<string>

  constructor(name: string, lines: readonly string[]) {
    const of = (what: string) =>
      lines.filter(line => line.startsWith(`${what} `)).map(line => line.split(' ')[1] as string)
    this.name = name
    this.ids = of('handled')
    this.acked = new Set(of('acked'))
  }
}

/** A message that was handled more than once, and where. */
export interface Repeat {
  readonly id: string
  readonly by: readonly string[]
}

/**
 * Throws unless the history holds together: what was acknowledged to the sender was handled, what had failed was not, and
 * nothing was handled that nobody sent. Returns what was handled more than once, which is right only where the first
 * handling had not been acknowledged when its process died; that is checked too.
 */
export function checkHistory(sent: Sent, handlers: readonly Handled[]): readonly Repeat[] {
  const by = new Map<string, string[]>()
  for (const { name, ids } of handlers) for (const id of ids) by.set(id, [...(by.get(id) ?? []), name])
  const lost = [...sent.ok].filter(id => !by.has(id))
  assert.deepEqual(lost, [], `${lost.length} of ${sent.ok.size} acknowledged messages were never handled`)
  const ghosts = [...sent.failed].filter(id => by.has(id))
  assert.deepEqual(ghosts, [], `${ghosts.length} messages were handled whose publish had failed`)
  const strangers = [...by.keys()].filter(id => !sent.begun.has(id))
  assert.deepEqual(strangers, [], `${strangers.length} messages were handled that nobody sent`)
  const repeats = [...by].filter(([, names]) => names.length > 1).map(([id, names]) => ({ id, by: names }))
  for (const { id, by: names } of repeats) {
    // The last one may have acked it; all before must not have.
    const earlier = handlers.filter(({ name }) => names.slice(0, -1).includes(name))
    const wrong = earlier.filter(({ acked }) => acked.has(id)).map(({ name }) => name)
    assert.deepEqual(wrong, [], `${id} was handled by ${names.join(', then ')}, although the ack had left`)
  }
  return repeats
}
