import { type Clock, fraction, type Random } from '@sm/core/transport'
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
  readonly #random: Random
  readonly #delayMs: NetworkOptions['delayMs']
  readonly #blocks = new Set<(from: string, to: string) => boolean>()
  readonly #disturbances = new Set<Disturbance>()
  readonly #connections = new Set<Cuttable>()
  #stalled: Array<() => void> = []

  constructor({ clock, random, delayMs }: NetworkOptions) {
    this.clock = clock
    this.#random = random
    this.#delayMs = delayMs
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
      this.clock.schedule(
        () => {
          if (to.isAlive && this.isOpen(from.host, to.host)) deliver()
        },
        this.#delay(from.host, to.host),
      )
    }
  }

  /** Has `arrive` run at the other host once anything passes: for what is sent again until it arrives. */
  reach(from: string, to: string, arrive: () => void): void {
    const tryIt = () => {
      if (this.isOpen(from, to)) arrive()
      else this.onceChanged(() => this.clock.schedule(tryIt, this.#between(0, resendMs)))
    }
    this.clock.schedule(tryIt, this.connectionDelayMs(from, to))
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
    return this.#happens(this.#troubles(from, to).loss)
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

const calm = { loss: 0, duplication: 0, extraDelayMs: 0 }

/** Options of a network. */
export interface NetworkOptions {
  readonly clock: Clock
  readonly random: Random
  /** How long a message takes between two hosts. */
  readonly delayMs: { readonly minMs: number; readonly maxMs: number }
}
