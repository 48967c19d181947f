import type { Evidence, Transport, TransportState } from '../contract/index.ts'
import type { Cancel, Clock } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import { Breaker, type BreakerState, Quality } from '../routing/index.ts'
import type { FailoverSettings } from '../settings/index.ts'

/** How long after it has its wire back others may still come back, in milliseconds. */
const gatheringMs = 5_000

/** Most addresses for which a wire remembers a breaker or the last sign of life. */
const maxRemembered = 1_000

/** A publish that another wire could take over. */
export interface Attempt {
  readonly frame: Frame
  /** The address, as text. */
  readonly to: string
  /** When it began, by `Clock.elapsed`. */
  readonly since: number
  /** Whether it may end on this wire, with what is known of it there, because another takes it over. */
  mayMove(mayHaveLeft: boolean): boolean
}

type AttemptRef = Pick<Attempt, 'frame' | 'to'>

/** One transport as a sender sees it: its place, what it takes, and the publishes under way that others could take over. */
export class Wire {
  readonly transport: Transport
  readonly rank: number
  readonly name: string
  readonly #deps: WireDeps
  /** In the order in which they began. */
  readonly #attempts = new Map<Frame, Attempt>()
  readonly #breakers = new Map<string, Breaker>()
  /** When an address last took something, by `Clock.elapsed`. */
  readonly #takenAt = new Map<string, number>()
  /** The probe of each breaker that is half open. */
  readonly #probes = new Map<string, Frame>()
  readonly #quality: Quality
  /** The publish whose acknowledgement is timed. It began when nothing else was under way: the wait of a crowd says nothing of the wire. */
  #timed: Attempt | undefined
  #timer: Cancel | undefined
  /** When it came back from an outage, by `Clock.elapsed`. */
  #returnedAt: number | undefined
  #isRetired = false
  /** Publishes that wait for their receipts, and that no other wire could take over. */
  #staying = 0
  /** Those who wait until nothing is under way. */
  readonly #onIdle: Array<() => void> = []

  constructor(transport: Transport, rank: number, deps: WireDeps) {
    this.transport = transport
    this.rank = rank
    this.name = transport.name
    this.#deps = deps
    this.#quality = new Quality(deps.settings)
    transport.on('state', ({ state, previous }) => {
      if (previous === 'degraded') this.#returnedAt = state === 'ready' ? deps.clock.elapsed() : undefined
    })
  }

  /** The state of its transport; `stopping` once nothing new is sent there. */
  get state(): TransportState {
    return this.#isRetired ? 'stopping' : this.transport.state
  }

  /** Whether nothing new is sent there. */
  get isRetired(): boolean {
    return this.#isRetired
  }

  /** Addresses that it does not take, by their breakers. */
  get troubles(): ReadonlyMap<string, BreakerState> {
    const troubles = new Map<string, BreakerState>()
    for (const to of this.#breakers.keys()) if (this.breaker(to) !== 'closed') troubles.set(to, this.breaker(to))
    return troubles
  }

  /** Whether it has its wire back, and others that work come first for a while. */
  get isReturning(): boolean {
    return (
      this.#returnedAt !== undefined && this.#deps.clock.elapsed() < this.#returnedAt + this.#deps.settings.failbackMs
    )
  }

  /** Whether it has had its wire back for so short a time that those who had lost theirs too may not be there yet. */
  get isGathering(): boolean {
    return this.#returnedAt !== undefined && this.#deps.clock.elapsed() < this.#returnedAt + gatheringMs
  }

  /** Why others are taken first for a while; undefined where nothing is wrong. */
  get poor(): string | undefined {
    return this.#quality.poor(this.#deps.clock.elapsed())
  }

  /** How long an acknowledgement takes on average, in milliseconds, where that was measured. */
  get roundTripMs(): number | undefined {
    return this.#quality.roundTripMs
  }

  /** Whether something speaks against it, so that what waits there may be better off elsewhere. */
  get isDoubted(): boolean {
    return this.#isRetired || this.transport.state === 'degraded' || this.#breakers.size > 0
  }

  breaker(to: string): BreakerState {
    return this.#breakers.size === 0
      ? 'closed'
      : (this.#breakers.get(to)?.state(this.#deps.clock.elapsed()) ?? 'closed')
  }

  /** Whether it would take a publish now: it has its wire, and is not left for that address, or is to be tried there. */
  takes(to: string): boolean {
    return this.state === 'ready' && (this.#breakers.get(to)?.isPassable(this.#deps.clock.elapsed()) ?? true)
  }

  /** When what is known of it changes by time alone, by `Clock.elapsed`. */
  changesAt(to: string): number {
    let at = Number.POSITIVE_INFINITY
    if (this.breaker(to) === 'open') at = this.#breakers.get(to)?.probeAt ?? at
    if (this.isReturning) at = Math.min(at, (this.#returnedAt as number) + this.#deps.settings.failbackMs)
    if (this.isGathering) at = Math.min(at, (this.#returnedAt as number) + gatheringMs)
    return this.poor === undefined ? at : Math.min(at, this.#quality.until)
  }

  /** Whether a publish may go there now; one that may while the breaker is half open is its probe. */
  admits({ frame, to }: AttemptRef): boolean {
    const breaker = this.#breakers.get(to)
    if (!breaker) return true
    const isProbe = this.breaker(to) === 'half-open'
    const admits = breaker.admits(this.#deps.clock.elapsed())
    if (admits && isProbe) this.#probes.set(to, frame)
    return admits
  }

  /** A publish waits for its receipt. */
  began(attempt: Attempt): void {
    if (this.#attempts.size === 0) this.#timed = attempt
    this.#attempts.set(attempt.frame, attempt)
    this.#timer ??= this.#watch(attempt.since)
  }

  /** A publish that stays waits for its receipt. */
  hold(): void {
    this.#staying += 1
  }

  /** A publish that stays has ended. */
  release(): void {
    this.#staying -= 1
    this.#wakeIfIdle()
  }

  /** A publish has ended for another reason than the wire. */
  withdrawn({ frame, to }: AttemptRef): void {
    this.#ended(frame)
    if (this.#timed?.frame === frame) this.#timed = undefined
    if (this.#probes.get(to) !== frame) return
    this.#probes.delete(to)
    this.#breakers.get(to)?.withdrawn()
    this.#deps.onChange()
  }

  /** A publish was taken. */
  taken(attempt: Attempt, evidence: Evidence): void {
    this.#ended(attempt.frame)
    if (this.#timed === attempt) this.#measure(attempt, evidence)
    if (this.#takenAt.size === maxRemembered) this.#takenAt.clear()
    this.#takenAt.set(attempt.to, this.#deps.clock.elapsed())
    this.works(attempt.to)
  }

  /** An address takes what is sent there. */
  works(to: string): void {
    if (this.#breakers.size === 0) return
    const wasClosed = this.breaker(to) === 'closed'
    this.#breakers.delete(to)
    this.#probes.delete(to)
    if (!wasClosed) this.#deps.onChange()
  }

  /** A publish was not taken. */
  failed({ frame, to }: AttemptRef): void {
    this.#ended(frame)
    const now = this.#deps.clock.elapsed()
    const breaker = this.#breakerOf(to)
    breaker.failed(now)
    const isPoor = this.#quality.refused(now)
    if (isPoor || breaker.state(now) === 'open') this.#deps.onChange()
  }

  /** Has what could be taken over, and may be, end here. */
  recall(): void {
    if (this.#attempts.size === 0) return
    this.transport.recall?.((frame, mayHaveLeft) => this.#attempts.get(frame)?.mayMove(mayHaveLeft) ?? false)
  }

  /** Nothing new is sent there, and what could be taken over moves. */
  retire(): void {
    this.#isRetired = true
    this.#deps.onChange()
  }

  /** It is used again. */
  readmit(): void {
    this.#isRetired = false
    this.#deps.onChange()
  }

  /** Whether no publish waits for its receipt. */
  get isIdle(): boolean {
    return this.#staying === 0 && this.#attempts.size === 0
  }

  /** Resolves once no publish waits for its receipt. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise(resolve => {
      this.#onIdle.push(resolve)
    })
  }

  close(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  #measure({ since }: Attempt, evidence: Evidence): void {
    this.#timed = undefined
    const now = this.#deps.clock.elapsed()
    // What a receiver takes for its work is no fault of the wire.
    if (evidence !== 'handled' && this.#quality.acknowledged(now - since, now)) this.#deps.onChange()
  }

  #ended(frame: Frame): void {
    this.#attempts.delete(frame)
    this.#wakeIfIdle()
  }

  #wakeIfIdle(): void {
    if (this.#onIdle.length > 0 && this.isIdle) for (const wake of this.#onIdle.splice(0)) wake()
  }

  #breakerOf(to: string): Breaker {
    let breaker = this.#breakers.get(to)
    if (!breaker) {
      if (this.#breakers.size === maxRemembered) {
        this.#breakers.clear()
        this.#probes.clear()
      }
      breaker = new Breaker(this.#deps.settings)
      this.#breakers.set(to, breaker)
    }
    return breaker
  }

  #watch(since: number): Cancel {
    const { clock, settings } = this.#deps
    return clock.schedule(() => this.#look(), Math.max(0, since + settings.stallMs - clock.elapsed()))
  }

  /** Looks for addresses that have had something for too long, and have taken nothing. */
  #look(): void {
    const { clock, settings } = this.#deps
    const now = clock.elapsed()
    const silent = new Set<string>()
    // What waits for room has not left: a receiver that is slow is no wire that is dead. A probe is not to wait for room, either.
    this.transport.recall?.((frame, mayHaveLeft) => {
      const attempt = this.#attempts.get(frame)
      if (!attempt || !this.#isTelling(attempt) || this.#lastSign(attempt) + settings.stallMs > now) return false
      if (mayHaveLeft || this.#probes.get(attempt.to) === frame) silent.add(attempt.to)
      return false
    })
    for (const to of silent) this.#breakerOf(to).trip(now)
    this.#timer = undefined
    if (silent.size > 0) this.#deps.onChange()
    const [oldest] = this.#attempts.values()
    if (!oldest) return
    const lastSign = this.#lastSign(oldest)
    // What is overdue already may have to stay: half of the time is soon enough for another look.
    this.#timer ??= this.#watch(lastSign + settings.stallMs > now ? lastSign : now - settings.stallMs / 2)
  }

  /** Whether its silence says something: once a breaker is open, only that of the probe does. */
  #isTelling({ frame, to }: Attempt): boolean {
    return this.breaker(to) === 'closed' || this.#probes.get(to) === frame
  }

  #lastSign({ to, since }: Attempt): number {
    return Math.max(since, this.#takenAt.get(to) ?? 0)
  }
}

export interface WireDeps {
  readonly clock: Clock
  readonly settings: FailoverSettings
  /** The answers of plans may have changed. */
  readonly onChange: () => void
}
