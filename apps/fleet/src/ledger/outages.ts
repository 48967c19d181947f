import { Progress } from './progress.ts'

/** How many messages each wire brought. */
export type ByWire = Readonly<Record<string, number>>

/** Where in a run a message was handled: before any wire was killed, while one was gone, or else after that. */
export type Phase = 'before' | 'gone' | 'after'

/** A wire that was killed, and what brought the messages around it. */
export interface Outage {
  readonly wire: string
  /** When, from the beginning of the work, in milliseconds. */
  readonly atMs: number
  /** How long it was gone, in milliseconds. */
  readonly goneMs: number
  /** Since the mending of the last one, or the beginning. */
  readonly before: ByWire
  readonly meanwhile: ByWire
  /** Until the next one is killed, or the end. */
  readonly after: ByWire
  /** Longest time in which no process handled anything of another, from the kill to the next one, in milliseconds. */
  readonly longestGapMs: number
}

/** A time between two kills and mendings. */
interface Span {
  readonly from: number
  /** The wire that is gone; undefined while all are there. */
  readonly wire?: string
  readonly over: Record<string, number>
}

/**
 * The wires that were killed, and which wires brought what before, meanwhile and after. Times are epoch milliseconds of whoever
 * did or handled something: what is told late counts for the time in which it happened.
 */
export class Outages {
  readonly #spans: Span[] = [{ from: Number.NEGATIVE_INFINITY, over: {} }]
  readonly #progress = new Progress(gap => this.#gap(gap))
  readonly #gaps = new Map<Span, number>()
  #begun = Number.POSITIVE_INFINITY
  #ended = Number.POSITIVE_INFINITY
  #longestGapMs = 0

  /** The work has begun: times before count for no gap. */
  begin(at: number): void {
    this.#begun = at
  }

  /** The work is over, so that from now on nothing has to be handled. */
  end(at: number): void {
    this.#ended = at
  }

  killed(wire: string, at: number): void {
    this.#spans.push({ from: at, wire, over: {} })
  }

  mended(at: number): void {
    this.#spans.push({ from: at, over: {} })
  }

  /** A message was handled. `crossed`: it came from another process. Returns the phase in which that was. */
  handled(at: number, wire: string, crossed: boolean): Phase {
    const span = this.#spanAt(at)
    span.over[wire] = (span.over[wire] ?? 0) + 1
    if (crossed) this.#progress.add(at)
    if (span === this.#spans[0]) return 'before'
    return span.wire === undefined ? 'after' : 'gone'
  }

  /** What is the case now: which wire is gone, if any, and what each has brought since that changed. */
  get now(): { readonly wire: string | undefined; readonly over: ByWire } {
    const { wire, over } = this.#spans.at(-1) as Span
    return { wire, over }
  }

  /** The outages of the run, once all that was handled is known. */
  list(): { readonly outages: readonly Outage[]; readonly longestGapMs: number } {
    this.#progress.flush()
    const outages = this.#spans.flatMap(({ from, wire, over }, i): Outage[] => {
      if (wire === undefined) return []
      const next = this.#spans[i + 1]
      const until = next?.from ?? this.#ended
      const longestGapMs = this.#gaps.get(this.#spans[i] as Span) ?? 0
      const around = { before: this.#spans[i - 1]?.over ?? {}, meanwhile: over, after: next?.over ?? {} }
      return [{ wire, atMs: from - this.#begun, goneMs: until - from, ...around, longestGapMs }]
    })
    return { outages, longestGapMs: this.#longestGapMs }
  }

  #gap(gap: { readonly from: number; readonly until: number }): void {
    const from = Math.max(gap.from, this.#begun)
    const until = Math.min(gap.until, this.#ended)
    if (until <= from) return
    const ms = until - from
    this.#longestGapMs = Math.max(this.#longestGapMs, ms)
    const outage = this.#spans.findLast(span => span.wire !== undefined && span.from < until)
    if (outage) this.#gaps.set(outage, Math.max(this.#gaps.get(outage) ?? 0, ms))
  }

  #spanAt(at: number): Span {
    return this.#spans.findLast(({ from }) => from <= at) as Span
  }
}
