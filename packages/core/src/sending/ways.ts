import type { Transport } from '../contract/index.ts'
import type { Audience } from '../directory/index.ts'
import type { Clock } from '../kernel/index.ts'
import {
  type Address,
  checkPolicy,
  checkVia,
  type DeliveryLevel,
  formatAddress,
  type Header,
  type MessageType,
  mergePolicies,
  type RoutePolicy,
  requireSome,
  toInboxAddress,
} from '../message/index.ts'
import { carriersOf, type Plan, plan } from '../routing/index.ts'
import { requireVia } from './require-via.ts'
import type { Wishes } from './sending.ts'
import { toCandidates } from './to-candidates.ts'
import type { Wire } from './wire.ts'

/** A way that has been planned, with the wires that it names. */
export interface Way {
  readonly plan: Plan
  readonly wires: readonly Wire[]
  readonly names: readonly string[]
  /** Transports that get a copy. Undefined where there are none, as for most agents. */
  readonly archives: readonly Transport[] | undefined
  /** Whether every wire of the agent takes what is sent there, as far as is known. */
  readonly isSure: boolean
  /** Whether those who were there may not be back yet: a wire has only just returned. */
  readonly isGathering: boolean
  /** When it has to be planned anew though nothing was told, by `Clock.elapsed`. */
  readonly endsAt: number
}

/** Most addresses whose way is remembered per message type. */
const maxRemembered = 1_000

/** The ways of messages, remembered until something changes. */
export class Ways {
  readonly #wires: readonly Wire[]
  readonly #clock: Clock
  readonly #audience: Audience
  readonly #ways: Readonly<Record<DeliveryLevel, Map<MessageType, Map<string, Way>>>> = {
    'at-most-once': new Map(),
    'at-least-once': new Map(),
  }

  readonly #route: RoutePolicy | undefined

  /** `wires` as they are at any time; `route` are the wishes of the agent. */
  constructor(wires: readonly Wire[], { clock, audience, route }: WaysDeps) {
    this.#wires = wires
    this.#clock = clock
    this.#audience = audience
    this.#route = route
  }

  /** The time, by `Clock.elapsed`. */
  get now(): number {
    return this.#clock.elapsed()
  }

  /** The way of a message now. Throws `SM_ROUTE_POLICY` or `SM_REPEAT_UNNOTICED`. */
  of(message: MessageType, { delivery, to }: Header, wishes?: Wishes): Way {
    if (wishes) return this.find(message, delivery, to, wishes)
    const byMessage = this.#ways[delivery]
    let ways = byMessage.get(message)
    if (!ways) {
      if (byMessage.size === maxRemembered) byMessage.clear()
      ways = new Map()
      byMessage.set(message, ways)
    }
    const key = to ?? ''
    let way = ways.get(key)
    if (!way || (way.endsAt !== Number.POSITIVE_INFINITY && way.endsAt <= this.now)) {
      way = this.find(message, delivery, to)
      if (ways.size === maxRemembered) ways.clear()
      ways.set(key, way)
    }
    return way
  }

  /** Plans a way anew. Throws `SM_ROUTE_POLICY` or `SM_REPEAT_UNNOTICED`. */
  find(message: MessageType, delivery: DeliveryLevel, to: string | undefined, { route, via }: Wishes = {}): Way {
    const policy = this.#policy(message, route)
    if (via !== undefined) checkVia(`a publish of ${message.type}`, via)
    const wanted = via ?? message.via
    const address = addressOf(message, to)
    const text = formatAddress(address)
    const candidates = toCandidates(this.#wires, message, address, this.#audience, this.now)
    const demands = { delivery, needs: message.needs }
    const carriers = carriersOf(demands, candidates, policy)
    requireVia(message, to, wanted, carriers, () => this.isRepeatNoticed(message, to))
    const found = plan(demands, address, candidates, policy, wanted, this.#audience.wireSets)
    const names = found.routes.map(route => route.transport)
    const named = (name: string) => this.#wires.find(wire => wire.name === name) as Wire
    const archives = found.copies.map(({ transport }) => named(transport).transport)
    return {
      plan: found,
      wires: names.map(named),
      names,
      archives: archives.length > 0 ? archives : undefined,
      isSure: candidates.every(({ breaker }) => breaker === 'closed'),
      isGathering: this.#wires.some(({ isGathering }) => isGathering),
      endsAt: Math.min(...this.#wires.map(wire => wire.changesAt(text))),
    }
  }

  /** Whether whoever gets a message to `to` by two transports is sure to handle it once. */
  isRepeatNoticed({ repeats }: MessageType, to: string | undefined): boolean {
    if (repeats === 'allowed') return true
    return to !== undefined && this.#audience.isRepeatNoticed(toInboxAddress(to), this.#carriers)
  }

  /** Names of the transports that bring messages to receivers. */
  get #carriers(): readonly string[] {
    return this.#wires.filter(({ transport }) => !transport.capabilities.publishOnly).map(({ name }) => name)
  }

  /** The wishes of the agent, of the message type and of one publish, as one. */
  #policy(message: MessageType, route: RoutePolicy | undefined): RoutePolicy | undefined {
    const names = this.#carriers
    if (route) checkPolicy(`a publish of ${message.type}`, route, names)
    const policy = mergePolicies(this.#route, message.route, route)
    if (policy) requireSome(message.type, policy, names)
    return policy
  }

  /** Something has changed. */
  forget(): void {
    // To clear a map costs something also where nothing is in it, and a fleet that comes up changes much.
    for (const ways of Object.values(this.#ways)) if (ways.size > 0) ways.clear()
  }
}

/** Dependencies of ways. */
export interface WaysDeps {
  readonly clock: Clock
  readonly audience: Audience
  /** The wishes of the agent. */
  readonly route: RoutePolicy | undefined
}

function addressOf(message: MessageType, to: string | undefined): Address {
  return to === undefined ? { kind: 'topic', topic: message.type } : toInboxAddress(to)
}
