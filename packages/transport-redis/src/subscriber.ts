import type { Redis } from 'ioredis'
import type { Connection } from './connection.ts'
import type { Names } from './names.ts'
import type { Queue } from './queue.ts'

/**
 * The channels that the queues of this side listen to. Each queue asks for one channel or one glob, and gets what arrives
 * by that alone: a message that fits several of them comes once for each.
 */
export class Subscriber {
  readonly #names: Names
  readonly #onControl: (message: Buffer) => void
  readonly #channels = new Map<string, Set<Queue>>()
  readonly #globs = new Map<string, Set<Queue>>()
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

  /** Resolves when what is published from now on reaches the queue. */
  async add(queue: Queue): Promise<void> {
    const { name, isGlob } = this.#names.subscription(queue.target)
    const table = isGlob ? this.#globs : this.#channels
    const client = this.#connection?.client as Redis
    const queues = table.get(name)
    if (queues) queues.add(queue)
    else table.set(name, new Set([queue]))
    // Asked again for each: then it is certain that the answer to the first has come.
    try {
      await (isGlob ? client.psubscribe(name) : client.subscribe(name))
    } catch (error) {
      this.remove(queue)
      throw error
    }
  }

  remove(queue: Queue): void {
    const { name, isGlob } = this.#names.subscription(queue.target)
    const table = isGlob ? this.#globs : this.#channels
    const queues = table.get(name)
    if (!queues?.delete(queue) || queues.size > 0) return
    table.delete(name)
    const client = this.#connection?.client as Redis | undefined
    // A connection that is gone listens to nothing any more.
    if (client) (isGlob ? client.punsubscribe(name) : client.unsubscribe(name)).catch(() => undefined)
  }

  #hand(queues: ReadonlySet<Queue> | undefined, channel: string, message: Buffer): void {
    if (queues === undefined) return
    const place = this.#names.placeOf(channel)
    for (const queue of queues) queue.published(place, message)
  }
}
