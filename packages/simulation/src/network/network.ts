import { type Clock, fraction, type Random } from '@sm/core/transport'
import { onOneClock, type Threads } from '../clock/threads.ts'
import type { Endpoint } from './endpoint.ts'

/** Undoes what was done to a network. */
export type Undo = () => void

/** Troubles on the paths from and to some hosts. */
export interface Disturbance {
  readonly hosts: ReadonlySet<string>
  /** Share of messages that is lost, 0 to 1. What a connection carries is sent again, and comes later. */
  readonly loss: number
  /** Share of messages that arrives twice, 0 to 1. Not of what a connection carries. */
  readonly duplication: number
  /** Up to so much longer does a message take, in milliseconds, each by chance: they overtake each other. */
  readonly extraDelayMs: number
}

/** A connection that faults can cut. */
export interface Cuttable {
  readonly hosts: readonly [string, string]
  /** Ends it, with what is under way. */
  cut(): void
}

/** How long a host waits before it sends again what a connection lost, in milliseconds. */
const resendMs = 200
/** Most times in a row that chance takes the same. */
const maxResends = 4

/** Hosts, the paths between them, and the faults on those. */
export class Network {
  readonly clock: Clock
  readonly threads: Threads
  readonly #random: Random
  readonly #delayMs: NetworkOptions['delayMs']
  readonly #blocks = new Set<(from: string, to: string) => boolean>()
  readonly #disturbances = new Set<Disturbance>()
  readonly #connections = new Set<Cuttable>()
  /** Hosts whose next message is lost that may be. */
  readonly #losing = new Set<string>()
  /** How many threads there have been, by what they carry. */
  readonly #threadCounts = new Map<string, number>()
  #stalled: Array<() => void> = []

  constructor({ clock, threads = onOneClock(clock), random, delayMs }: NetworkOptions) {
    this.clock = clock
    this.threads = threads
    this.#random = random
    this.#delayMs = delayMs
  }

  /** How long a message takes at most while nothing is wrong, in milliseconds. */
  get maxDelayMs(): number {
    return this.#delayMs.maxMs
  }

  /** Whether anything passes from one host to another. */
  isOpen(from: string, to: string): boolean {
    if (from === to) return true
    for (const isBlocked of this.#blocks) if (isBlocked(from, to)) return false
    return true
  }

  /** Keeps all from passing for which `isBlocked` holds, until it is undone. */
  block(isBlocked: (from: string, to: string) => boolean): Undo {
    this.#blocks.add(isBlocked)
    return () => {
      if (this.#blocks.delete(isBlocked)) this.#changed()
    }
  }

  disturb(disturbance: Disturbance): Undo {
    this.#disturbances.add(disturbance)
    return () => this.#disturbances.delete(disturbance)
  }

  /** Loses the next message of a host that may be lost, of what a connection carries and its end forgets. */
  loseNext(host: string): Undo {
    this.#losing.add(host)
    return () => this.#losing.delete(host)
  }

  /** An event of one host that another has caused: it goes by the path between them. */
  touch(from: string, to: string): void {
    this.threads.touch(pathBetween(from, to))
    this.threads.touch(to)
  }

  /** A thread of its own for what goes from one host to another. */
  nextThread(what: string, from: string, to: string): string {
    const kind = `${what} ${pathBetween(from, to)}`
    const number = (this.#threadCounts.get(kind) ?? 0) + 1
    this.#threadCounts.set(kind, number)
    return `${kind} ${number}`
  }

  /** A connection has begun; the result says that it has ended. */
  connected(connection: Cuttable): Undo {
    this.#connections.add(connection)
    return () => this.#connections.delete(connection)
  }

  /** Cuts all connections from and to these hosts. */
  cut(hosts: ReadonlySet<string>): void {
    for (const connection of [...this.#connections]) {
      if (connection.hosts.some(host => hosts.has(host))) connection.cut()
    }
  }

  /** Sends a message by itself: it may be lost, come twice, or overtake others. */
  send(from: Endpoint, to: Endpoint, deliver: () => void): void {
    if (!from.isAlive) return
    const { loss, duplication } = this.#troubles(from.host, to.host)
    if (this.#happens(loss)) return
    const copies = this.#happens(duplication) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      this.threads.of(this.nextThread('message', from.host, to.host)).schedule(
        () => {
          this.touch(from.host, to.host)
          if (to.isAlive && this.isOpen(from.host, to.host)) deliver()
        },
        this.#delay(from.host, to.host),
      )
    }
  }

  /** Has `arrive` run at the other host once anything passes: for what is sent again until it arrives. */
  reach(from: string, to: string, arrive: () => void): void {
    const clock = this.threads.of(this.nextThread('call', from, to), () => !this.isOpen(from, to))
    const tryIt = () => {
      this.touch(from, to)
      this.threads.touch(from)
      if (this.isOpen(from, to)) arrive()
      else this.onceChanged(() => clock.schedule(tryIt, this.#between(0, resendMs)))
    }
    clock.schedule(tryIt, this.connectionDelayMs(from, to))
  }

  /** How long something takes that a connection carries, losses and their repair included. */
  connectionDelayMs(from: string, to: string): number {
    const { loss } = this.#troubles(from, to)
    let delayMs = this.#delay(from, to)
    for (let resends = 0; resends < maxResends && this.#happens(loss); resends++) delayMs += resendMs << resends
    return delayMs
  }

  /** Whether a message that is sent now is lost: for what a connection carries, and its end forgets. */
  loses(from: string, to: string): boolean {
    this.threads.touch(`losses of ${from}`)
    return this.#losing.delete(from) || this.#happens(this.#troubles(from, to).loss)
  }

  /** Runs once some path may have opened. */
  onceChanged(callback: () => void): void {
    this.#stalled.push(callback)
  }

  #changed(): void {
    const stalled = this.#stalled
    this.#stalled = []
    for (const callback of stalled) callback()
  }

  #delay(from: string, to: string): number {
    if (from === to) return 0
    const { minMs, maxMs } = this.#delayMs
    const { extraDelayMs } = this.#troubles(from, to)
    return this.#between(minMs, maxMs) + (extraDelayMs > 0 ? this.#between(0, extraDelayMs) : 0)
  }

  #troubles(from: string, to: string): Omit<Disturbance, 'hosts'> {
    let [loss, duplication, extraDelayMs] = [0, 0, 0]
    if (from === to) return calm
    if (this.#disturbances.size === 0) return calm
    for (const { hosts, ...troubles } of this.#disturbances) {
      if (!hosts.has(from) && !hosts.has(to)) continue
      loss = Math.max(loss, troubles.loss)
      duplication = Math.max(duplication, troubles.duplication)
      extraDelayMs = Math.max(extraDelayMs, troubles.extraDelayMs)
    }
    return { loss, duplication, extraDelayMs }
  }

  #happens(share: number): boolean {
    return share > 0 && fraction(this.#random) < share
  }

  /** Whole milliseconds: what happens in one instant is settled at once. */
  #between(min: number, max: number): number {
    return min + Math.floor(fraction(this.#random) * (max - min + 1))
  }
}

/** The path from one host to another, as events touch it. */
export function pathBetween(from: string, to: string): string {
  return `${from} → ${to}`
}

const calm = { loss: 0, duplication: 0, extraDelayMs: 0 }

/** Options of a network. */
export interface NetworkOptions {
  readonly clock: Clock
  /** Default: all that runs is on the clock. */
  readonly threads?: Threads
  readonly random: Random
  /** How long a message takes between two hosts. */
  readonly delayMs: { readonly minMs: number; readonly maxMs: number }
}
