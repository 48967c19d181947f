import type { Clock, Random } from '@sm/core/transport'
import type { Connection, DiscoveryListener, MeshDriver, MeshOptions, Self, Sighting } from '@sm/mesh'
import { toMeshSettings } from '@sm/mesh'
import type { Channel } from '../channel.ts'
import type { Guest } from '../protocol/signals.ts'
import { HubClient } from './hub-client.ts'

export interface WebSocketDriverOptions {
  /** Opens a channel to the hub. */
  readonly connect: (signal: AbortSignal) => Promise<Channel>
  readonly token: string | undefined
  readonly mesh: MeshOptions
}

export interface WebSocketDriverContext extends Self {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Agents that all have a connection to one hub: it tells who is there, and relays the streams between them. So two of them
 * reach each other although neither can be dialled.
 */
export class WebSocketDriver implements MeshDriver {
  readonly #options: WebSocketDriverOptions
  readonly #context: WebSocketDriverContext
  readonly #guests = new Map<string, Guest>()
  #client: HubClient | undefined
  #discovery: DiscoveryListener | undefined

  constructor(options: WebSocketDriverOptions, context: WebSocketDriverContext) {
    this.#options = options
    this.#context = context
  }

  async listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void> {
    const { connect, token, mesh } = this.#options
    const { clock, random } = this.#context
    const { heartbeatMs, deadAfterMs, handshakeMs, reconnect } = toMeshSettings(mesh)
    this.#client = new HubClient(
      { connect, token, self: this.#context, clock, random, heartbeatMs, deadAfterMs, handshakeMs, reconnect },
      {
        up: guests => this.#up(guests),
        down: error => {
          this.#discovery?.severed?.(true)
          if (error !== undefined) onFault(error)
        },
        joined: guest => this.#joined(guest),
        left: instance => this.#left(instance),
        accepted: accept,
        fault: onFault,
      },
    )
    await this.#client.start()
  }

  async discover(listener: DiscoveryListener): Promise<void> {
    this.#discovery = listener
    for (const guest of this.#guests.values()) listener.found(toSighting(guest))
  }

  dial({ agent, instance }: Sighting, signal: AbortSignal): Promise<Connection> {
    return (this.#client as HubClient).dial({ agent, instance }, signal)
  }

  forget(): void {
    // The hub says who is there, and it leaves nothing behind.
  }

  async close(): Promise<void> {
    this.#client?.close()
  }

  #up(guests: readonly Guest[]): void {
    const present = new Set(guests.map(({ instance }) => instance))
    for (const instance of [...this.#guests.keys()]) if (!present.has(instance)) this.#left(instance)
    for (const guest of guests) this.#joined(guest)
    this.#discovery?.severed?.(false)
  }

  #joined(guest: Guest): void {
    // Seen before a cut, it is called again at once, and not when its time comes.
    if (this.#guests.has(guest.instance)) this.#left(guest.instance)
    this.#guests.set(guest.instance, guest)
    this.#discovery?.found(toSighting(guest))
  }

  #left(instance: string): void {
    this.#guests.delete(instance)
    this.#discovery?.lost(instance)
  }
}

function toSighting({ agent, instance }: Guest): Sighting {
  return { agent, instance, location: instance }
}
