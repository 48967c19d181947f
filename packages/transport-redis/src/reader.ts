import { type Clock, sleep } from '@sm/core/transport'
import type { Connection, Reply } from './connection.ts'
import type { StreamEntry } from './entry.ts'
import { ackScript, consumerGroup } from './scripts/index.ts'

/** A queue as the reader sees it. */
export interface Readable {
  readonly key: string
  /** How many frames it wants at most. */
  readonly appetite: number
  arrived(entries: readonly StreamEntry[]): void
}

/** What a reader has to know. */
export interface ReaderParts {
  /** Its own, since it waits on it. */
  readonly connection: Connection
  readonly commands: Connection
  /** The stream by which it is woken. */
  readonly wakeKey: string
  readonly member: string
  readonly clock: Clock
  /** Longest time that it waits for frames, in milliseconds. */
  readonly blockMs: number
  /** A stream that it reads is not there as it was: sets that right. */
  readonly repair: (error: unknown) => Promise<void>
}

/** How long it waits after an error that was set right, in milliseconds. */
const repairMs = 50

/**
 * Reads all queues of this side over one connection. It waits for new entries of all of them at once; a queue without
 * room is left out. An entry in a stream of its own wakes it when what it waits for is not what it should wait for.
 */
export class Reader {
  readonly #parts: ReaderParts
  readonly #queues = new Map<string, Readable>()
  /** The queues that the command under way reads. */
  #reading: ReadonlySet<Readable> | undefined
  #fences: (() => void)[] = []
  #isWaking = false
  #resume: (() => void) | undefined
  #isOver = false

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#queues.size
  }

  add(queue: Readable): void {
    this.#queues.set(queue.key, queue)
    this.poke(queue)
  }

  /** Resolves when nothing of the queue is under way any more. */
  async remove(queue: Readable): Promise<void> {
    if (this.#queues.get(queue.key) === queue) this.#queues.delete(queue.key)
    if (this.#isOver || !this.#reading?.has(queue)) return
    const passed = new Promise<void>(resolve => this.#fences.push(resolve))
    this.#wake()
    await passed
  }

  /** A queue has room, and perhaps had none before. */
  poke(queue: Readable): void {
    if (this.#resume) this.#resume()
    else if (this.#reading && !this.#reading.has(queue) && this.#queues.has(queue.key)) this.#wake()
  }

  /** Reads until the end of the session. */
  async run(): Promise<void> {
    let wasIdle = false
    while (!this.#isOver) {
      const wanting = [...this.#queues.values()].filter(({ appetite }) => appetite > 0)
      if (wanting.length === 0) {
        await new Promise<void>(resolve => {
          this.#resume = resolve
        })
        this.#resume = undefined
        continue
      }
      try {
        wasIdle = !(await this.#read(wanting, wasIdle))
      } catch (error) {
        this.#passed()
        if (this.#isOver) return
        await this.#parts.repair(error)
        await sleep(this.#parts.clock, repairMs)
      }
    }
  }

  end(): void {
    this.#isOver = true
    this.#queues.clear()
    this.#resume?.()
    this.#passed()
  }

  /** One command gives all its streams the same number: where rooms differ much, and frames flow, each kind gets its own. */
  async #read(wanting: readonly Readable[], wasIdle: boolean): Promise<boolean> {
    const rooms = wanting.map(({ appetite }) => appetite)
    const least = Math.min(...rooms)
    const reading = new Set(wanting)
    this.#reading = reading
    const replies =
      wasIdle || Math.max(...rooms) <= least * 2
        ? [await this.#ask(wanting, least, true)]
        : await Promise.all([...kinds(wanting)].map(([room, queues]) => this.#ask(queues, room, false)))
    this.#reading = undefined
    let found = false
    for (const [key, entries] of replies.flatMap(streamsOf)) {
      found = true
      if (key === this.#parts.wakeKey) this.#woken(entries)
      else for (const queue of reading) if (queue.key === key) queue.arrived(entries)
    }
    this.#passed()
    return found
  }

  #ask(queues: readonly Readable[], count: number, blocks: boolean): Promise<Reply> {
    const { connection, member, blockMs, wakeKey } = this.#parts
    const keys = queues.map(({ key }) => key)
    if (blocks) keys.push(wakeKey)
    const args: (string | number)[] = ['GROUP', consumerGroup, member, 'COUNT', count]
    if (blocks) args.push('BLOCK', blockMs)
    args.push('STREAMS', ...keys, ...keys.map(() => '>'))
    return connection.call('XREADGROUP', args)
  }

  #passed(): void {
    this.#reading = undefined
    const fences = this.#fences
    this.#fences = []
    for (const pass of fences) pass()
  }

  #wake(): void {
    if (this.#isWaking) return
    this.#isWaking = true
    // If the connection is gone, the session ends, and so does the wait.
    this.#parts.commands.call('XADD', [this.#parts.wakeKey, '*', 'wake', '1']).catch(() => undefined)
  }

  #woken(entries: readonly StreamEntry[]): void {
    this.#isWaking = false
    const { commands, wakeKey } = this.#parts
    const ids = entries.map(([id]) => id.toString('latin1'))
    // What stays is removed with the stream.
    commands.run(ackScript, [wakeKey], [ids.length, ...ids]).catch(() => undefined)
  }
}

/** Queues by their room, rounded down to a power of two. */
function kinds(queues: readonly Readable[]): ReadonlyMap<number, readonly Readable[]> {
  return Map.groupBy(queues, ({ appetite }) => 2 ** Math.floor(Math.log2(appetite)))
}

/** The streams of a reply, each with its entries; by the protocol that was agreed on they stand in pairs or in a row. */
function streamsOf(reply: Reply): (readonly [string, readonly StreamEntry[]])[] {
  if (reply === null) return []
  const parts = reply as readonly unknown[]
  const row = Array.isArray(parts[0]) ? parts.flat() : parts
  const streams: [string, readonly StreamEntry[]][] = []
  for (let i = 0; i < row.length; i += 2) {
    streams.push([(row[i] as Buffer).toString('latin1'), row[i + 1] as readonly StreamEntry[]])
  }
  return streams
}
