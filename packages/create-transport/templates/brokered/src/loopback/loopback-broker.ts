import { type Clock, Deque, matchesTarget } from '@sm/core/transport'
import { type Consumer, LoopbackQueue, type QueueSpec } from './loopback-queue.ts'
import { LoopbackSession, type SessionHost } from './loopback-session.ts'
import type { Shipment } from './shipment.ts'

interface Waiting {
  readonly shipment: Shipment
  readonly session: LoopbackSession
  readonly resolve: (copies: number) => void
}

/** How many ids are remembered: a publish that is repeated follows soon. */
const mostIds = 10_000

const brokers = new Map<string, LoopbackBroker>()

/**
 * Stands for your broker, so that the transport works before there is one: queues per group, redelivery, delays, and
 * publishes that wait for room, all in this process. TODO with your broker's client in the driver, this folder goes.
 */
export class LoopbackBroker implements SessionHost {
  readonly #sessions = new Set<LoopbackSession>()
  readonly #queues = new Map<string, LoopbackQueue>()
  /** Into how many queues what was published under an id has gone. */
  readonly #copies = new Map<string, number>()
  /** Those for which some queue has no room. */
  #waiting = new Deque<Waiting>()
  #isDown = false
  #thaw: (() => void) | undefined
  #flowing: Promise<void> | undefined
  #pumping = false

  /** The broker of a name: the same for all who ask. */
  static named(name: string): LoopbackBroker {
    const broker = brokers.get(name) ?? new LoopbackBroker()
    brokers.set(name, broker)
    return broker
  }

  /** Pending while nothing passes. */
  get flowing(): Promise<void> | undefined {
    return this.#flowing
  }

  /** Opens a session, which tells when it is lost. */
  async connect(clock: Clock, onLost: () => void): Promise<LoopbackSession> {
    await this.#flowing
    if (this.#isDown) throw new Error('The loopback broker is down')
    const session = new LoopbackSession(this, clock, onLost)
    this.#sessions.add(session)
    return session
  }

  /** Ends every session, and lets none begin. For tests. */
  cut(): void {
    this.#isDown = true
    for (const session of this.#sessions) session.lose()
  }

  /** Undoes {@link LoopbackBroker.cut}. */
  restore(): void {
    this.#isDown = false
  }

  /** Sessions stay, and nothing passes. For tests. */
  freeze(): void {
    this.#flowing ??= new Promise(resolve => {
      this.#thaw = resolve
    })
  }

  /** Undoes {@link LoopbackBroker.freeze}. */
  thaw(): void {
    this.#flowing = undefined
    this.#thaw?.()
    for (const queue of this.#queues.values()) queue.pump()
  }

  /** Resolves with the number of queues, or consumers, that have it. */
  ship(shipment: Shipment, session: LoopbackSession): Promise<number> {
    return new Promise(resolve => {
      this.#waiting.push({ shipment, session, resolve })
      this.#pump()
    })
  }

  join(spec: QueueSpec, consumer: Consumer, clock: Clock): LoopbackQueue {
    const { namespace, target, group, durable } = spec
    const key = JSON.stringify([namespace, target, group, durable])
    let queue = this.#queues.get(key)
    if (!queue) {
      const onEmpty = () => {
        this.#queues.get(key)?.close()
        this.#queues.delete(key)
      }
      queue = new LoopbackQueue(spec, clock, () => this.#pump(), onEmpty)
      this.#queues.set(key, queue)
    }
    queue.join(consumer)
    return queue
  }

  forget(session: LoopbackSession): void {
    this.#sessions.delete(session)
  }

  /** Lets in those who wait, each in its turn: who waits for a queue holds up only those for the same. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    const blocked = new Set<LoopbackQueue>()
    const still = new Deque<Waiting>()
    for (let waiting = this.#waiting.shift(); waiting; waiting = this.#waiting.shift()) {
      const { shipment, session, resolve } = waiting
      if (session.isEnded || shipment.isCancelled()) continue
      const known = shipment.isKept ? this.#copies.get(shipment.id) : undefined
      if (known !== undefined) {
        resolve(known)
        continue
      }
      const queues = this.#queuesFor(shipment)
      if (shipment.isKept && queues.some(queue => queue.isFull || blocked.has(queue))) {
        for (const queue of queues) blocked.add(queue)
        still.push(waiting)
        continue
      }
      for (const queue of queues) {
        if (shipment.isKept) queue.push(shipment.bytes)
        else queue.pushOnce(shipment.bytes)
      }
      if (shipment.isKept && queues.length > 0) this.#remember(shipment.id, queues.length)
      resolve(queues.length)
    }
    this.#waiting = still
    this.#pumping = false
  }

  #remember(id: string, copies: number): void {
    for (const [oldest] of this.#copies) {
      if (this.#copies.size < mostIds) break
      this.#copies.delete(oldest)
    }
    this.#copies.set(id, copies)
  }

  #queuesFor({ namespace, address }: Shipment): readonly LoopbackQueue[] {
    return [...this.#queues.values()].filter(
      ({ spec, open }) => open && spec.namespace === namespace && matchesTarget(spec.target, address),
    )
  }
}
