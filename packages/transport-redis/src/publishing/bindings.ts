import { checkPattern, isWildcard, matchesPattern } from '@sm/core/transport'

/** Most places for which is remembered who wants them. */
const maxRemembered = 4_096

const none: readonly string[] = Object.freeze([])

/** Which queues a place leads to: a copy of the bindings that the server has, as of a version. */
export class Bindings {
  /** The version that this is a copy of; empty when nothing is bound. */
  version = ''
  readonly #onFault: (queue: string, error: unknown) => void
  readonly #targets = new Map<string, string>()
  readonly #exact = new Map<string, string[]>()
  readonly #patterns = new Map<string, string>()
  readonly #remembered = new Map<string, readonly string[]>()
  /** The places of queues that a server has forgotten, and until when they may come back. */
  readonly #expected = new Map<string, string>()
  #expectedUntil = 0

  /** `onFault` hears of a binding that cannot be read. */
  constructor(onFault: (queue: string, error: unknown) => void) {
    this.#onFault = onFault
  }

  get size(): number {
    return this.#targets.size
  }

  has(queue: string): boolean {
    return this.#targets.has(queue)
  }

  /** Begins anew with what the server has: queue and target in turn. */
  replace(version: string, pairs: readonly string[]): void {
    this.version = version
    this.#targets.clear()
    this.#exact.clear()
    this.#patterns.clear()
    this.#remembered.clear()
    for (let i = 0; i < pairs.length; i += 2) this.#bind(pairs[i] as string, pairs[i + 1] as string)
  }

  /**
   * Bindings of a server that may have forgotten some: one that came back without its data, or another in its place. Queues that
   * were bound before, and are not any more, may come back until `until`, by `Clock.elapsed`.
   */
  recall(version: string, pairs: readonly string[], until: number): void {
    const before = new Map([...this.#expected, ...this.#targets])
    this.replace(version, pairs)
    this.#expected.clear()
    for (const [queue, target] of before) if (!this.#targets.has(queue)) this.#expected.set(queue, target)
    this.#expectedUntil = until
  }

  /** Whether queues are expected back. */
  expects(now: number): boolean {
    if (this.#expected.size > 0 && now >= this.#expectedUntil) this.#expected.clear()
    return this.#expected.size > 0
  }

  /** Whether a queue is expected back that a frame for `place` would go to. */
  isExpected(place: string, now: number): boolean {
    if (!this.expects(now)) return false
    for (const target of this.#expected.values()) {
      if (target === place) return true
      if (!place.startsWith('topic:') || !target.startsWith('topic:')) continue
      if (matchesPattern(target.slice('topic:'.length), place.slice('topic:'.length))) return true
    }
    return false
  }

  /** One change that was announced. Does nothing unless it follows on the version that is known. */
  apply(version: string, queue: string, target: string): void {
    if (this.version === '' || Number(version) !== Number(this.version) + 1) return
    this.version = version
    this.#remembered.clear()
    this.#unbind(queue)
    if (target !== '') this.#bind(queue, target)
  }

  /** The queues that a frame for `place` goes to. Always the same list until the bindings change. */
  match(place: string): readonly string[] {
    const known = this.#remembered.get(place)
    if (known) return known
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    const found = this.#find(place)
    this.#remembered.set(place, found)
    return found
  }

  #find(place: string): readonly string[] {
    const found = [...(this.#exact.get(place) ?? none)]
    if (place.startsWith('topic:')) {
      const topic = place.slice('topic:'.length)
      for (const [queue, pattern] of this.#patterns) if (matchesPattern(pattern, topic)) found.push(queue)
    }
    return found.length === 0 ? none : found
  }

  #bind(queue: string, target: string): void {
    const pattern = target.startsWith('topic:') ? target.slice('topic:'.length) : undefined
    this.#targets.set(queue, target)
    this.#expected.delete(queue)
    if (pattern === undefined || !isWildcard(pattern)) {
      const queues = this.#exact.get(target)
      if (queues) queues.push(queue)
      else this.#exact.set(target, [queue])
      return
    }
    try {
      checkPattern(pattern)
      this.#patterns.set(queue, pattern)
    } catch (error) {
      this.#onFault(queue, error)
    }
  }

  #unbind(queue: string): void {
    const target = this.#targets.get(queue)
    if (target === undefined) return
    this.#targets.delete(queue)
    this.#patterns.delete(queue)
    const rest = this.#exact.get(target)?.filter(other => other !== queue)
    if (rest?.length) this.#exact.set(target, rest)
    else this.#exact.delete(target)
  }
}
