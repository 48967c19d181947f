import { type Clock, fraction, groupKey, type Random } from '@sm/core/transport'
import { ConduitEnd } from '../network/conduit.ts'
import { Endpoint } from '../network/endpoint.ts'
import type { Network } from '../network/network.ts'
import { BrokerQueue, type BrokerQueueDeps } from './broker-queue.ts'
import { BrokerSession, type SessionHost } from './broker-session.ts'
import type { FromBroker, PublishPacket, QueueSpec, ToBroker } from './packets.ts'

/** How long it takes at most to store a frame, in milliseconds; where messages take no time, this does not, either. */
const maxStoreMs = 3
/** Most ids of publishes that are remembered: one that is repeated follows soon. */
const maxIds = 100_000

interface WaitingPublish {
  readonly packet: PublishPacket
  readonly session: BrokerSession
}

/** A server with queues. Frames are stored before they are confirmed, and given again until somebody acks them. */
export class Broker implements SessionHost {
  readonly host: string
  readonly network: Network
  readonly deadAfterMs: number
  readonly #deps: BrokerDeps
  #endpoint: Endpoint
  readonly #sessions = new Set<BrokerSession>()
  #queues = new Map<string, BrokerQueue>()
  /** Into how many queues what was published under an id has gone. */
  #copies = new Map<string, number>()
  #waiting: WaitingPublish[] = []
  #storedAt = 0
  /** Members of groups that a fresh server has never heard of are given time to come back. */
  #routesFrom = 0

  constructor(deps: BrokerDeps) {
    this.#deps = deps
    this.host = deps.host
    this.network = deps.network
    this.deadAfterMs = deps.deadAfterMs
    this.#endpoint = new Endpoint(deps.host)
  }

  get endpoint(): Endpoint {
    return this.#endpoint
  }

  /** Frames that nobody has settled, of all queues. */
  get queued(): number {
    return [...this.#queues.values()].reduce((sum, { size }) => sum + size, 0)
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Takes a call: the client's end of the connection and the session, or undefined while nobody answers. */
  accept(client: Endpoint, receive: (packet: FromBroker) => void) {
    if (!this.#endpoint.isAlive) return undefined
    const [near, far] = ConduitEnd.pair<ToBroker | FromBroker>(this.network, client, this.#endpoint)
    const session = new BrokerSession(this, client, far, receive)
    this.#sessions.add(session)
    return { end: near, session }
  }

  /** It is killed. What has been stored stays. */
  crash(): void {
    this.#endpoint.end('killed')
    this.#waiting = []
    for (const session of [...this.#sessions]) session.drop()
  }

  /** It comes back: with what it had stored, or `fresh`. */
  restart({ fresh }: { readonly fresh: boolean }): void {
    if (this.#endpoint.isAlive) this.crash()
    this.#endpoint = new Endpoint(this.host)
    if (fresh) {
      for (const queue of this.#queues.values()) queue.close()
      this.#queues = new Map()
      this.#copies = new Map()
      this.#routesFrom = this.clock.elapsed() + this.#deps.returnMs
      this.clock.schedule(() => this.#pump(), this.#deps.returnMs)
    }
    for (const queue of this.#queues.values()) queue.orphaned()
  }

  publish(packet: PublishPacket, session: BrokerSession): void {
    if (!packet.kept) {
      for (const queue of this.#queuesFor(packet)) queue.pushOnce(packet.bytes)
      return
    }
    const { clock, random } = this.#deps
    const endpoint = this.#endpoint
    const mostMs = Math.min(maxStoreMs, this.network.maxDelayMs)
    this.#storedAt = Math.max(this.#storedAt, clock.elapsed() + Math.floor(fraction(random) * (mostMs + 1)))
    clock.schedule(
      () => {
        if (!endpoint.isAlive) return
        this.#waiting.push({ packet, session })
        this.#pump()
      },
      Math.max(0, this.#storedAt - clock.elapsed()),
    )
  }

  queueOf(spec: QueueSpec): BrokerQueue {
    const key = `${spec.namespace} ${groupKey(spec)} ${spec.durable}`
    let queue = this.#queues.get(key)
    if (!queue) {
      const { clock, maxQueued, graceMs, visibilityMs } = this.#deps
      queue = this.createQueue(spec, {
        ...{ clock, maxQueued, graceMs, visibilityMs },
        roomMade: () => this.#pump(),
        unneeded: unneeded => {
          unneeded.close()
          if (this.#queues.get(key) === unneeded) this.#queues.delete(key)
        },
      })
      this.#queues.set(key, queue)
    }
    return queue
  }

  ended(session: BrokerSession): void {
    this.#sessions.delete(session)
  }

  protected createQueue(spec: QueueSpec, deps: BrokerQueueDeps): BrokerQueue {
    return new BrokerQueue(spec, deps)
  }

  get clock(): Clock {
    return this.#deps.clock
  }

  /** Stores those that wait, each in its turn: who waits for a queue holds up only those for the same. */
  #pump(): void {
    if (this.#waiting.length === 0 || this.clock.elapsed() < this.#routesFrom) return
    const blocked = new Set<BrokerQueue>()
    const waiting = this.#waiting
    this.#waiting = []
    for (const entry of waiting) {
      const { packet, session } = entry
      let copies = this.#copies.get(packet.id)
      if (copies === undefined) {
        const queues = this.#queuesFor(packet)
        if (queues.some(queue => queue.isFull || blocked.has(queue))) {
          for (const queue of queues) blocked.add(queue)
          this.#waiting.push(entry)
          continue
        }
        for (const queue of queues) queue.push(packet.bytes)
        copies = queues.length
        if (copies > 0) this.#remember(packet.id, copies)
      }
      session.confirm(packet.number, copies)
    }
  }

  #remember(id: string, copies: number): void {
    if (this.#copies.size === maxIds) this.#copies.delete(this.#copies.keys().next().value as string)
    this.#copies.set(id, copies)
  }

  #queuesFor(packet: PublishPacket): readonly BrokerQueue[] {
    return [...this.#queues.values()].filter(queue => queue.takes(packet))
  }
}

/** Dependencies of a broker. */
export interface BrokerDeps {
  readonly host: string
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly maxQueued: number
  readonly graceMs: number
  readonly visibilityMs: number
  readonly deadAfterMs: number
  /** How long it gives members to come back once it has lost its data, in milliseconds. */
  readonly returnMs: number
}
