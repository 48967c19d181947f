import { abortable, backoffMs, type Cancel, isSmError } from '@sm/core/transport'
import type { Connection } from '../connection.ts'
import type { Sighting } from '../driver.ts'
import { meshError } from '../errors.ts'
import type { Absence } from '../groups/member.ts'
import { ExpectedPeers } from './expected-peers.ts'
import { Link } from './link.ts'
import { outOfPatience } from './patience.ts'
import type { PeersOptions } from './peers-options.ts'

/** A peer that discovery has seen. */
interface Known {
  readonly sighting: Sighting
  attempts: number
  dialling: boolean
  timer: Cancel | undefined
  /** Why the last try failed. It is told with the next one: who has left by then was leaving, and that is no fault. */
  failure: unknown
}

/** How long the side that is not expected to dial waits for the other to do it, at least and per peer that is known. */
const politenessMs = 100
const politenessMsPerPeer = 20

/** Most calls under way at once: a crowd that starts at once would otherwise answer none of them in time. */
const maxDialling = 6

/** Keeps one link to each peer: dials, takes calls, tries again, and chooses when two links meet. */
export class Peers {
  readonly #options: PeersOptions
  readonly #known = new Map<string, Known>()
  readonly #links = new Map<string, Link>()
  /** Links whose handshake is not done, with whom was dialled for them. */
  readonly #opening = new Map<Link, Known | undefined>()
  /** Links that another to the same peer has replaced. */
  readonly #retired = new Set<Link>()
  readonly #expected: ExpectedPeers
  readonly #closing = new AbortController()
  /** Peers that wait until fewer calls are under way, in order. */
  readonly #queue = new Set<Known>()
  #dialling = 0
  #waiting: Array<() => void> = []
  #isolated = false
  #severed = false

  constructor(options: PeersOptions) {
    this.#options = options
    this.#expected = new ExpectedPeers(options)
  }

  /** The links over which frames go, one per peer. */
  get links(): ReadonlyMap<string, Link> {
    return this.#links
  }

  found(sighting: Sighting): void {
    const { instance } = sighting
    if (instance === this.#options.instance || this.#known.has(instance) || this.#closing.signal.aborted) return
    const known: Known = { sighting, attempts: 0, dialling: false, timer: undefined, failure: undefined }
    this.#known.set(instance, known)
    if (this.#links.has(instance)) return
    // The peer that came later dials: it sees the others as it starts, while they have yet to notice it.
    if (this.#options.instance > instance) void this.#dial(known)
    else this.#later(known, Math.max(politenessMs, politenessMsPerPeer * this.#known.size))
  }

  lost(instance: string): void {
    const known = this.#known.get(instance)
    known?.timer?.()
    if (known) this.#queue.delete(known)
    this.#known.delete(instance)
    this.#expected.settled(instance)
    this.#settled()
  }

  /** The wire itself is gone, or back. */
  severed(severed: boolean): void {
    this.#severed = severed
    this.#checkIsolation()
  }

  /** How those at the other end of a link have gone, when it has ended: also where it ended for another, and that one broke. */
  absence({ peer }: Link, error: unknown): Absence {
    const isExpected = peer !== undefined && this.#expected.has(peer.instance)
    if (error === undefined && !isExpected) return 'left'
    if (this.#severed) return 'severed'
    return isExpected ? 'broken' : 'left'
  }

  /** Somebody dialled in. */
  accept(connection: Connection): void {
    if (this.#closing.signal.aborted || this.#full()) {
      connection.destroy()
      return
    }
    this.#open(connection)
  }

  /** A link has said who is at its end. False when another link to the same peer is kept instead. */
  opened(link: Link): boolean {
    this.#opening.delete(link)
    const { instance } = link.peer as { instance: string }
    const other = this.#links.get(instance)
    const known = this.#known.get(instance)
    if (known) known.attempts = 0
    if (other) {
      // Both sides decide alike: the call of the later instance stands; of two calls of one side, the newer.
      const laterDials = this.#options.instance > instance
      if (link.dialled !== laterDials && other.dialled === laterDials) return false
      this.#links.delete(instance)
      this.#retired.add(other)
      void other.retire(link)
    }
    this.#links.set(instance, link)
    void this.#expected.returned(instance, link)
    this.#settled()
    return true
  }

  /** Frames that peers have not settled. */
  get unsettled(): number {
    let unsettled = 0
    for (const links of [this.#links.values(), this.#retired]) for (const link of links) unsettled += link.unsettled
    return unsettled
  }

  /** A link has ended. True when it was the one to its peer. */
  closed(link: Link, error: unknown): boolean {
    const dialled = this.#opening.get(link)
    this.#opening.delete(link)
    this.#retired.delete(link)
    const instance = link.peer?.instance
    const current = instance !== undefined && this.#links.get(instance) === link
    if (current) this.#links.delete(instance)
    if (dialled && error !== undefined) this.#expected.settled(dialled.sighting.instance)
    // The handshake failed. Where the two do not fit, another try would fail too.
    if (dialled && isSmError(error) && error.retryable) this.#again(dialled, error)
    else if (error !== undefined) this.#options.onFailure(error)
    const known = instance === undefined ? undefined : this.#known.get(instance)
    if (current && known && error !== undefined) this.#expected.add(instance)
    if (current && known && !known.dialling) {
      // Without a goodbye it may be there again at once; with one it leaves discovery by itself.
      if (error === undefined) this.#later(known, this.#options.reconnect.maxMs)
      else this.#again(known)
    }
    this.#settled()
    return current
  }

  /**
   * Resolves when every peer that is known has a link and has told what it wants, or could not be reached, or after
   * `timeoutMs`: one that is frozen answers nothing, and must not hold up a start.
   */
  async settle(timeoutMs: number): Promise<void> {
    const { clock } = this.#options
    const endsAt = clock.elapsed() + timeoutMs
    await this.#ready(timeoutMs)
    const late = new AbortController()
    const cancel = clock.schedule(() => late.abort(), Math.max(0, endsAt - clock.elapsed()), { keepAlive: true })
    await abortable(this.barrier(), late.signal).catch(() => undefined)
    cancel()
  }

  /** Resolves when every peer has read what was written to it, and what it wrote before has come in. */
  async barrier(): Promise<void> {
    await Promise.all([...this.#links.values()].map(link => link.barrier()))
  }

  /** Resolves when every peer that is known has a link or could not be reached, or after `timeoutMs`. */
  #ready(timeoutMs: number): Promise<void> {
    if (this.#isSettled()) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.#options.clock.schedule(resolve, timeoutMs, { keepAlive: true })
      this.#waiting.push(() => {
        cancel()
        resolve()
      })
    })
  }

  /** Says goodbye to all. */
  close(): void {
    this.#closing.abort()
    for (const { timer } of this.#known.values()) timer?.()
    this.#known.clear()
    this.#queue.clear()
    this.#expected.close()
    for (const link of [...this.#links.values(), ...this.#retired]) link.bye()
    for (const link of [...this.#opening.keys()]) link.destroy(undefined)
    this.#settled()
  }

  #open(connection: Connection, dialled?: Known): void {
    const link = new Link(connection, dialled !== undefined, this.#options.host)
    if (link.isOpening) this.#opening.set(link, dialled)
  }

  async #dial(known: Known): Promise<void> {
    const { driver, handshakeMs, clock } = this.#options
    // Two calls of one side might not be answered in their order, and each side would keep another.
    if (known.dialling || [...this.#opening.values()].includes(known)) return
    known.timer = undefined
    if (this.#dialling >= maxDialling) {
      this.#queue.add(known)
      return
    }
    this.#queue.delete(known)
    if (this.#full()) {
      this.#again(known)
      return
    }
    known.dialling = true
    this.#dialling += 1
    const late = new AbortController()
    const cancel = outOfPatience(clock, handshakeMs, () => late.abort(lateError(known.sighting)))
    try {
      const signal = AbortSignal.any([this.#closing.signal, late.signal])
      const connection = await driver.dial(known.sighting, signal)
      if (signal.aborted) connection.destroy()
      else this.#open(connection, known)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#expected.settled(known.sighting.instance)
      if (isSmError(error) && !error.retryable) {
        // Where the two do not fit, another try would fail too: it is looked for no more.
        this.#options.onFailure(error)
        this.#known.delete(known.sighting.instance)
      } else this.#again(known, error)
    } finally {
      cancel()
      known.dialling = false
      this.#dialling -= 1
    }
    this.#settled()
    this.#dialNext()
  }

  /** A call has ended: the next who waits is called, unless it called itself meanwhile. */
  #dialNext(): void {
    for (const known of this.#queue) {
      this.#queue.delete(known)
      const { instance } = known.sighting
      if (this.#known.get(instance) !== known || this.#links.has(instance)) continue
      void this.#dial(known)
      return
    }
  }

  #again(known: Known, failure?: unknown): void {
    known.attempts += 1
    known.failure = failure
    // A peer that is not there the third time has left something behind.
    if (known.attempts === 3) this.#options.driver.forget(known.sighting)
    this.#later(known, backoffMs(this.#options.reconnect, known.attempts, this.#options.random))
  }

  #later(known: Known, delayMs: number): void {
    known.timer?.()
    known.timer = this.#options.clock.schedule(() => {
      const { failure, sighting } = known
      const { instance } = sighting
      known.failure = undefined
      if (this.#known.get(instance) !== known || this.#links.has(instance)) return
      if (failure !== undefined) this.#options.onFailure(failure)
      void this.#dial(known)
    }, delayMs)
  }

  #full(): boolean {
    const { maxLinks, onFailure } = this.#options
    if (this.#links.size + this.#opening.size < maxLinks) return false
    onFailure(meshError('SM_MESH_LIMIT', `There are ${maxLinks} links (maxLinks)`))
    return true
  }

  /** The wire is gone; or some peer is still seen, but no link to any is left of those that were there. */
  #checkIsolation(): void {
    const alone = this.#links.size === 0 && [...this.#known.values()].some(({ attempts }) => attempts > 0)
    const isolated = this.#severed || alone
    if (isolated === this.#isolated) return
    this.#isolated = isolated
    this.#options.onIsolated(isolated)
  }

  #isSettled(): boolean {
    if (this.#opening.size > 0) return false
    for (const [instance, { attempts }] of this.#known) if (!this.#links.has(instance) && attempts === 0) return false
    return true
  }

  #settled(): void {
    this.#checkIsolation()
    if (this.#waiting.length === 0 || !(this.#closing.signal.aborted || this.#isSettled())) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

function lateError({ agent, instance }: Sighting) {
  return meshError('SM_MESH_HANDSHAKE', `${agent}/${instance} did not answer a call in time`)
}
