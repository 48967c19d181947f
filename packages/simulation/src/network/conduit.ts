import { type Clock, Deque } from '@sm/core/transport'
import { simulationError } from '../errors.ts'
import type { Death, Endpoint } from './endpoint.ts'
import type { Network, Undo } from './network.ts'

/** Events of one end of a connection. */
export interface ConduitListener<T> {
  item(item: T): void
  /** There is room again after a send that returned false. */
  drain?(): void
  /** Nothing more will come. Called once, and never within a call of the end itself. */
  closed(error: Error | undefined): void
}

interface Underway<T> {
  readonly item: T
  readonly size: number
  readonly dueAt: number
  /** The event that sent it. */
  readonly cause: number
}

/** How much one direction holds before its sender has to wait, in the sizes that `send` is told. */
const capacity = 65_536

/** One end of a connection that carries things in order: as TCP does, it holds them while nothing passes. */
export class ConduitEnd<T> {
  readonly #network: Network
  readonly #here: Endpoint
  readonly #there: Endpoint
  readonly #clock: Clock
  #other!: ConduitEnd<T>
  #listener: ConduitListener<T> | undefined
  readonly #queue = new Deque<Underway<T>>()
  #size = 0
  #lastDueAt = 0
  #isArmed = false
  #isFull = false
  #isEnding = false
  /** The event that ended it. */
  #endCause = 0
  #isClosed = false
  /** Why it was closed, unless an end did it. */
  #error: Error | undefined
  #isGone = false
  readonly #undo: Undo[] = []

  private constructor(network: Network, here: Endpoint, there: Endpoint) {
    this.#network = network
    this.#here = here
    this.#there = there
    const thread = network.nextThread('connection', here.host, there.host)
    this.#clock = network.threads.of(thread, () => !network.isOpen(here.host, there.host))
    this.#undo.push(here.onEnd(death => this.#vanish(death)))
  }

  /** The two ends of a connection: who called, and who was called. */
  static pair<T>(network: Network, caller: Endpoint, called: Endpoint): readonly [ConduitEnd<T>, ConduitEnd<T>] {
    const near = new ConduitEnd<T>(network, caller, called)
    const far = new ConduitEnd<T>(network, called, caller)
    near.#other = far
    far.#other = near
    const cut = () => {
      const error = resetError(caller.host, called.host)
      for (const end of [near, far]) end.#close(error)
    }
    near.#undo.push(network.connected({ hosts: [caller.host, called.host], cut }))
    return [near, far]
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#isGone
  }

  /** Begins to deliver. Called once. */
  open(listener: ConduitListener<T>): void {
    this.#listener = listener
    if (this.#isClosed) this.#tellClosed()
    this.#other.#arm()
  }

  /** False when there is no more room: then the caller waits for `drain`. */
  send(item: T, size: number): boolean {
    if (this.isClosed || this.#isEnding) return true
    const { clock } = this.#network
    const delayMs = this.#network.connectionDelayMs(this.#here.host, this.#there.host)
    this.#lastDueAt = Math.max(this.#lastDueAt, clock.elapsed() + delayMs)
    this.#queue.push({ item, size, dueAt: this.#lastDueAt, cause: this.#network.threads.cause })
    this.#size += size
    this.#arm()
    if (this.#size <= capacity) return true
    this.#isFull = true
    return false
  }

  /** Closes once everything that was sent has arrived. */
  end(): void {
    this.#isEnding = true
    this.#endCause = this.#network.threads.cause
    this.#arm()
  }

  /** Closes at once on this side; what was sent before still arrives. */
  destroy(): void {
    if (this.isClosed) return
    this.end()
    this.#close(undefined)
  }

  /** The process at this end is no more. */
  #vanish(death: Death): void {
    this.#isGone = true
    this.#listener = undefined
    this.#forget()
    if (death === 'killed') this.end()
    else this.#drop()
  }

  #drop(): void {
    this.#queue.drain()
    this.#size = 0
  }

  #close(error: Error | undefined): void {
    this.#forget()
    if (this.#isClosed) return
    this.#isClosed = true
    if (error) this.#drop()
    this.#error = error
    // Who opens it later is told then.
    if (this.#listener) this.#tellClosed()
  }

  #tellClosed(): void {
    this.#network.threads.of(this.#here.host).schedule(() => this.#listener?.closed(this.#error), 0)
  }

  #forget(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  /** Has what waits flow when it is due. */
  #arm(): void {
    if (this.#isArmed || (this.#queue.length === 0 && !this.#isEnding)) return
    // What comes before the other side has opened is kept for it, unless nobody will open it any more.
    if (!this.#other.#listener && !this.#other.isClosed) return
    if (this.#other.#isClosed && !this.#other.#isGone && this.#queue.length === 0) return
    this.#isArmed = true
    const clock = this.#clock
    const dueAt =
      this.#queue.peek()?.dueAt ?? clock.elapsed() + this.#network.connectionDelayMs(this.#here.host, this.#there.host)
    clock.schedule(
      () => {
        this.#isArmed = false
        this.#flow()
      },
      Math.max(0, dueAt - clock.elapsed()),
    )
  }

  #flow(): void {
    const network = this.#network
    network.touch(this.#here.host, this.#there.host)
    if (!network.isOpen(this.#here.host, this.#there.host)) {
      this.#isArmed = true
      network.onceChanged(() => {
        this.#isArmed = false
        this.#arm()
      })
      return
    }
    if (this.#other.isClosed) {
      // Nobody is there any more: who sends to it is told so.
      network.threads.touch(this.#here.host)
      this.#drop()
      if (!this.#isEnding) this.#close(resetError(this.#there.host, this.#here.host))
      return
    }
    const now = network.clock.elapsed()
    for (let next = this.#queue.peek(); next && next.dueAt <= now; next = this.#queue.peek()) {
      this.#queue.shift()
      this.#size -= next.size
      this.#other.#listener?.item(next.item)
      if (this.#other.isClosed || network.threads.areFine) break
    }
    if (this.#isFull && this.#size <= capacity / 2 && !this.isClosed) {
      this.#isFull = false
      network.threads.touch(this.#here.host)
      this.#listener?.drain?.()
    }
    if (this.#isEnding && this.#queue.length === 0) {
      network.threads.touch(this.#here.host)
      this.#other.#close(undefined)
      this.#close(undefined)
    } else network.threads.because(this.#queue.peek()?.cause ?? this.#endCause, () => this.#arm())
  }
}

function resetError(one: string, other: string) {
  return simulationError('SM_SIMULATION_UNREACHABLE', `The connection between ${one} and ${other} was reset`)
}
