import type { Transport } from '../contract/index.ts'
import type { Cancel, Clock, Ids, Logger, Random } from '../kernel/index.ts'
import type { Frame, Json } from '../message/index.ts'
import { type Card, type Handled, type Inbox, maxHandled } from './card.ts'
import { hostId } from './host-id.ts'
import type { LivePeers } from './live-peers.ts'
import type { PresenceHost } from './presence-host.ts'
import { type Load, writePresence } from './presence-message.ts'
import { PresenceWire } from './presence-wire.ts'
import { ProcessPresence } from './process-presence.ts'
import type { Roster } from './roster.ts'

/** How soon others hear of a change, in milliseconds, and how often at most. */
const changeMs = 20
const changeAgainMs = 100
/** How often it is looked for those who are silent, in milliseconds. */
const lookMs = 1_000

/** Who this instance is, told to the others on each of its transports; and what they tell, in a roster. */
export class Presence {
  readonly #deps: PresenceDeps
  readonly #wires = new Map<string, PresenceWire | ProcessPresence>()
  readonly #host: PresenceHost
  readonly #since: number
  #revision = 1
  #lastSeq = 0
  #announcedAt = Number.NEGATIVE_INFINITY
  #announcing: Cancel | undefined
  #expiring: Cancel | undefined
  #isClosed = false

  constructor(deps: PresenceDeps) {
    const { self, namespace, roster, clock, ids, random, frame, logger, load } = deps
    this.#deps = deps
    this.#since = clock.now()
    this.#host = {
      ...{ self, namespace, roster, clock, ids, random, load },
      card: () => this.card,
      seq: () => this.#seq(),
      frame: (type, message) => frame(type, writePresence(message)),
      stateChanged: () => this.changed(),
      impersonated: seq => this.#impersonated(seq),
      fault: (transport, error) => logger.warn({ agent: self.agent, transport, error }, error.message),
    }
    roster.on('change', () => this.#watch())
  }

  /** Who this instance is. */
  get card(): Card {
    const { self, subscriptions, store } = this.#deps
    const { handled, inbox } = subscriptions
    const { agent, instance } = self
    const wires: Record<string, 'ready' | 'degraded'> = {}
    for (const { transport } of this.#wires.values()) {
      wires[transport.name] = transport.state === 'degraded' ? 'degraded' : 'ready'
    }
    return {
      ...{ agent, instance, hostId, processId: process.pid, since: this.#since, revision: this.#revision },
      ...{ wires, inbox, handles: handled.slice(0, maxHandled) },
      ...(store !== undefined && { store }),
    }
  }

  /** A transport on which it is present. */
  transport(name: string): Transport | undefined {
    return this.#wires.get(name)?.transport
  }

  /** Is present on a transport from now on. Resolves once others are heard there, and also where that fails. */
  join(transport: Transport, peers: LivePeers): Promise<void> {
    const isInProcess = transport.capabilities.reach === 'process'
    const wire = new (isInProcess ? ProcessPresence : PresenceWire)(transport, peers, this.#host)
    this.#wires.set(transport.name, wire)
    const { logger, self } = this.#deps
    return wire.start().catch(error => {
      if (!this.#isClosed) logger.warn({ agent: self.agent, transport: transport.name, error }, 'Not present there')
    })
  }

  /** Is present on a transport no longer. */
  async part(name: string): Promise<void> {
    const wire = this.#wires.get(name)
    this.#wires.delete(name)
    await wire?.close()
    this.#deps.roster.forgetWire(name)
  }

  /** What others should know has changed: they hear of it soon. */
  changed(): void {
    this.#revision += 1
    if (this.#announcing || this.#isClosed) return
    const { clock } = this.#deps
    const delayMs = Math.max(changeMs, this.#announcedAt + changeAgainMs - clock.elapsed())
    this.#announcing = clock.schedule(() => {
      this.#announcing = undefined
      this.#announcedAt = clock.elapsed()
      for (const wire of this.#wires.values()) wire.announce()
    }, delayMs)
  }

  /** Tells everyone that this instance leaves. */
  leave(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#announcing?.()
    this.#expiring?.()
    for (const wire of this.#wires.values()) wire.leave()
  }

  /** Looks for those who are silent, as long as somebody is known who can fall silent. */
  #watch(): void {
    if (this.#expiring || this.#isClosed) return
    const { clock, roster } = this.#deps
    const look = () => {
      const isMore = roster.expire()
      this.#expiring = isMore && !this.#isClosed ? clock.schedule(look, lookMs) : undefined
    }
    this.#expiring = clock.schedule(look, lookMs)
  }

  /** Numbers are times as long as no more is said than time passes, so that what is old shows. */
  #seq(): number {
    this.#lastSeq = Math.max(this.#lastSeq + 1, Math.floor(this.#deps.clock.now()))
    return this.#lastSeq
  }

  /** Whoever speaks in the name of this instance is outdone, or others would take what it says for an echo. */
  #impersonated(seq: number): void {
    if (seq <= this.#lastSeq || this.#isClosed) return
    this.#lastSeq = seq
    const { logger, self } = this.#deps
    logger.warn({ agent: self.agent, instance: self.instance }, 'Somebody else speaks in the name of this instance')
    this.changed()
  }
}

export interface PresenceDeps {
  readonly self: PresenceHost['self']
  readonly namespace: string
  readonly roster: Roster
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly logger: Logger
  /** What this instance handles now. */
  readonly subscriptions: { readonly handled: readonly Handled[]; readonly inbox: Inbox }
  readonly load: () => Load
  /** Name of the store where it remembers what it has handled. */
  readonly store: string | undefined
  readonly frame: (type: string, payload: Json) => Frame
}
