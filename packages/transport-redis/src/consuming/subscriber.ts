import type { Target } from '@sm/core/transport'
import type { Redis } from 'ioredis'
import type { Connection } from '../connection/connection.ts'
import type { Names } from '../wire/names.ts'

/** The consumers that hear the messages of a channel or a glob. */
export interface SubscriberHost {
  readonly target: Target
  /** Something was published to a place. */
  published(place: string, message: Buffer): void
}

/**
 * The channels that the queues of this side listen to. Each queue asks for one channel or one glob, and gets what arrives
 * by that alone: a message that fits several of them comes once for each.
 */
export class Subscriber {
  readonly #names: Names
  readonly #onControl: (message: Buffer) => void
  readonly #channels = new Map<string, Set<SubscriberHost>>()
  readonly #globs = new Map<string, Set<SubscriberHost>>()
  #connection: Connection | undefined

  constructor(names: Names, onControl: (message: Buffer) => void) {
    this.#names = names
    this.#onControl = onControl
  }

  get size(): number {
    return this.#channels.size + this.#globs.size
  }

  /** Begins with a new connection, as this member. Resolves when the control channel is heard. */
  async open(connection: Connection, member: string): Promise<void> {
    this.#channels.clear()
    this.#globs.clear()
    this.#connection = connection
    const { control } = this.#names
    const client = connection.client as Redis
    client.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      if (this.#connection !== connection) return
      const name = channel.toString('latin1')
      if (name === control) this.#onControl(message)
      else this.#hand(this.#channels.get(name), name, message)
    })
    client.on('pmessageBuffer', (glob: string, channel: Buffer, message: Buffer) => {
      if (this.#connection !== connection) return
      this.#hand(this.#globs.get(glob), channel.toString('latin1'), message)
    })
    await client.subscribe(control, this.#names.presence(member))
  }

  /** Resolves when what is published from now on reaches it. */
  async add(host: SubscriberHost): Promise<void> {
    const { name, isGlob } = this.#names.subscription(host.target)
    const table = isGlob ? this.#globs : this.#channels
    const client = this.#connection?.client as Redis
    const hosts = table.get(name)
    if (hosts) hosts.add(host)
    else table.set(name, new Set([host]))
    // Asked again for each: then it is certain that the answer to the first has come.
    try {
      await (isGlob ? client.psubscribe(name) : client.subscribe(name))
    } catch (error) {
      this.remove(host)
      throw error
    }
  }

  remove(host: SubscriberHost): void {
    const { name, isGlob } = this.#names.subscription(host.target)
    const table = isGlob ? this.#globs : this.#channels
    const hosts = table.get(name)
    if (!hosts?.delete(host) || hosts.size > 0) return
    table.delete(name)
    const client = this.#connection?.client as Redis | undefined
    // A connection that is gone listens to nothing any more.
    if (client) (isGlob ? client.punsubscribe(name) : client.unsubscribe(name)).catch(() => undefined)
  }

  #hand(hosts: ReadonlySet<SubscriberHost> | undefined, channel: string, message: Buffer): void {
    if (hosts === undefined) return
    const place = this.#names.placeOf(channel)
    for (const host of hosts) host.published(place, message)
  }
}
