import { isSmError } from '@sm/core/transport'
import type { Channel } from '../channel.ts'
import { websocketError } from '../errors.ts'
import type { Guest } from '../protocol/signals.ts'
import { type Host, HubGuest } from './hub-guest.ts'
import type { HubSettings } from './options.ts'

/** The guests of a hub, by namespace. Nothing crosses from one namespace into another. */
export class GuestList implements Host {
  readonly settings: HubSettings
  readonly #rooms = new Map<string, Map<string, HubGuest>>()
  /** Guests that have not said who they are. */
  readonly #pending = new Set<HubGuest>()
  #size = 0
  #faults = 0

  constructor(settings: HubSettings) {
    this.settings = settings
  }

  get health(): Readonly<Record<string, number>> {
    let streams = 0
    for (const room of this.#rooms.values()) for (const guest of room.values()) streams += guest.streams
    return { guests: this.#size, pending: this.#pending.size, streams: streams / 2, faults: this.#faults }
  }

  /** Whether another connection may come. */
  get hasRoom(): boolean {
    return this.#pending.size < this.settings.maxPending && this.#size < this.settings.maxGuests
  }

  /** Somebody has come. */
  receive(channel: Channel): void {
    this.#pending.add(new HubGuest(channel, this))
  }

  admit(guest: HubGuest): readonly Guest[] {
    const { namespace, agent, instance } = guest.self as Guest & { namespace: string }
    const room = this.#rooms.get(namespace) ?? new Map<string, HubGuest>()
    // It has lost its connection, and the hub has not noticed yet.
    room.get(instance)?.drop(undefined)
    const { maxGuests } = this.settings
    if (this.#size >= maxGuests) {
      throw websocketError('SM_WEBSOCKET_REFUSED', `${maxGuests} agents are here, and no more fit in (maxGuests)`)
    }
    this.#pending.delete(guest)
    const others = [...room.values()]
    for (const other of others) other.tell({ kind: 'joined', agent, instance })
    this.#rooms.set(namespace, room.set(instance, guest))
    this.#size += 1
    return others.map(({ self }) => ({ agent: (self as Guest).agent, instance: (self as Guest).instance }))
  }

  find(namespace: string, instance: string): HubGuest | undefined {
    return this.#rooms.get(namespace)?.get(instance)
  }

  gone(guest: HubGuest, error: unknown): void {
    this.#pending.delete(guest)
    if (error !== undefined) this.#fault(error, guest)
    const { namespace, instance } = guest.self ?? {}
    if (namespace === undefined || instance === undefined) return
    const room = this.#rooms.get(namespace)
    if (room?.get(instance) !== guest) return
    room.delete(instance)
    this.#size -= 1
    if (room.size === 0) this.#rooms.delete(namespace)
    for (const other of room.values()) other.tell({ kind: 'left', instance })
  }

  /** Sends everyone away. */
  close(): void {
    const guests = [...this.#rooms.values()].flatMap(room => [...room.values()])
    // Nobody is told of anybody else: those who come back to the next hub will see who is there.
    for (const guest of [...this.#pending, ...guests]) guest.dismiss()
    this.#pending.clear()
    this.#rooms.clear()
    this.#size = 0
  }

  #fault(error: unknown, { self }: HubGuest): void {
    this.#faults += 1
    const code = isSmError(error) ? error.code : 'none'
    this.settings.logger.warn({ code, agent: self?.agent, error }, 'A connection to the hub has ended')
  }
}
