import { backoffMs, type Cancel, type Clock, type Random, sleep } from '@sm/core/transport'
import type { Reply } from '../wire/reply.ts'
import { ackScript, consumerGroup } from '../wire/scripts/index.ts'
import type { StreamEntry } from '../wire/stream-entry.ts'
import type { Connection } from './connection.ts'

/** A queue as the reader sees it. */
export interface Readable {
  readonly key: string
  /** How many frames it wants at most. */
  readonly appetite: number
  arrived(entries: readonly StreamEntry[]): void
  /** It could not be read: makes it anew. Rejects where that cannot be done. */
  repair(): Promise<void>
  /** It cannot be read though it has been repaired; with `undefined`, it can again. */
  broken(error: unknown): void
}

/** A queue that is to be read, and how many frames it wants. */
interface Wanted {
  readonly queue: Readable
  readonly room: number
}

/** A queue that could not be read, and is left out for a while. */
interface Rest {
  readonly attempts: number
  readonly until: number
}

/** How soon a queue that cannot be read is tried again, in milliseconds. */
const repairWaits = { initialMs: 50, maxMs: 30_000, factor: 3, jitter: 0.5 }

/**
 * Reads all queues of this side over one connection. It waits for new entries of all of them at once; a queue without
 * room is left out. An entry in a stream of its own wakes it when what it waits for is not what it should wait for.
 */
export class StreamReader {
  readonly #deps: StreamReaderDeps
  readonly #queues = new Map<string, Readable>()
  /** The queues that the command under way reads. */
  #reading: ReadonlySet<Readable> | undefined
  #fences: (() => void)[] = []
  #isWaking = false
  #resume: (() => void) | undefined
  #isOver = false
  readonly #resting = new Map<Readable, Rest>()
  /** Times in a row that nothing could be read though no queue was to blame. */
  #failures = 0

  constructor(deps: StreamReaderDeps) {
    this.#deps = deps
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
    this.#resting.delete(queue)
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
      const now = this.#deps.clock.elapsed()
      const wanting = this.#wanting(now)
      if (wanting.length === 0) {
        await this.#untilWanted(now)
        continue
      }
      try {
        wasIdle = !(await this.#read(wanting, wasIdle))
        this.#failures = 0
        for (const { queue } of wanting) if (this.#resting.delete(queue)) queue.broken(undefined)
      } catch (error) {
        this.#passed()
        if (this.#isOver) return
        await this.#separate(
          wanting.map(({ queue }) => queue),
          error,
        )
      }
    }
  }

  end(): void {
    this.#isOver = true
    this.#queues.clear()
    this.#resume?.()
    this.#passed()
  }

  /** The queues that have room and are not left out. */
  #wanting(now: number): readonly Wanted[] {
    const wanting: Wanted[] = []
    for (const queue of this.#queues.values()) {
      const rest = this.#resting.get(queue)
      if (rest !== undefined && rest.until > now) continue
      const room = queue.appetite
      if (room > 0) wanting.push({ queue, room })
    }
    return wanting
  }

  /** Resolves when a queue has room, or one that could not be read is to be tried again. */
  async #untilWanted(now: number): Promise<void> {
    let until = Number.POSITIVE_INFINITY
    for (const rest of this.#resting.values()) until = Math.min(until, rest.until)
    let cancel: Cancel | undefined
    await new Promise<void>(resolve => {
      this.#resume = resolve
      if (until < Number.POSITIVE_INFINITY) cancel = this.#deps.clock.schedule(resolve, Math.max(1, until - now))
    })
    cancel?.()
    this.#resume = undefined
  }

  /**
   * Something that is read is not there as it was, or must not be read: one of the queues, which the server does not always
   * name. Each is tried by itself, so that the others go on; one to blame is repaired once, and then left out for longer and
   * longer.
   */
  async #separate(queues: readonly Readable[], error: unknown): Promise<void> {
    let isExplained = false
    for (const queue of queues) {
      const fault = await this.#try(queue)
      if (fault === undefined || this.#isOver) continue
      isExplained = true
      const attempts = (this.#resting.get(queue)?.attempts ?? 0) + 1
      // The first time it may be put right without anybody noticing but for a line in the log.
      if (attempts > 1) queue.broken(fault)
      await queue.repair().catch(reason => queue.broken(reason))
      this.#rest(queue, attempts)
    }
    if (this.#isOver || isExplained) return
    // The stream of this reader is all that is left.
    this.#failures += 1
    await this.#deps.repair().catch(() => {
      for (const queue of queues) queue.broken(error)
    })
    await sleep(this.#deps.clock, backoffMs(repairWaits, this.#failures, this.#deps.random))
  }

  /** Reads one queue, without waiting. Returns why it cannot be read, if it cannot. */
  async #try(queue: Readable): Promise<unknown> {
    try {
      for (const [, entries] of streamsOf(await this.#ask([queue], Math.max(1, queue.appetite), false))) {
        queue.arrived(entries)
      }
      return undefined
    } catch (fault) {
      return fault
    }
  }

  #rest(queue: Readable, attempts: number): void {
    const { clock, random } = this.#deps
    const until = clock.elapsed() + (attempts === 1 ? 0 : backoffMs(repairWaits, attempts - 1, random))
    this.#resting.set(queue, { attempts, until })
  }

  /** One command gives all its streams the same number: where rooms differ much, and frames flow, each kind gets its own. */
  async #read(wanting: readonly Wanted[], wasIdle: boolean): Promise<boolean> {
    const queues: Readable[] = []
    let [least, most] = [Number.POSITIVE_INFINITY, 0]
    for (const { queue, room } of wanting) {
      queues.push(queue)
      least = Math.min(least, room)
      most = Math.max(most, room)
    }
    const reading = new Set(queues)
    this.#reading = reading
    const replies =
      wasIdle || most <= least * 2
        ? [await this.#ask(queues, least, true)]
        : await Promise.all([...byRoom(wanting)].map(([room, some]) => this.#ask(some, room, false)))
    this.#reading = undefined
    let found = false
    for (const [key, entries] of replies.flatMap(streamsOf)) {
      found = true
      if (key === this.#deps.wakeKey) this.#woken(entries)
      else for (const queue of reading) if (queue.key === key) queue.arrived(entries)
    }
    this.#passed()
    return found
  }

  #ask(queues: readonly Readable[], count: number, blocks: boolean): Promise<Reply> {
    const { connection, member, wakeKey } = this.#deps
    const keys = queues.map(({ key }) => key)
    if (blocks) keys.push(wakeKey)
    const args: (string | number)[] = ['GROUP', consumerGroup, member, 'COUNT', count]
    if (blocks) args.push('BLOCK', this.#blockMs)
    args.push('STREAMS', ...keys, ...keys.map(() => '>'))
    return connection.call('XREADGROUP', args)
  }

  /** No longer than until a queue that was left out is to be tried again. */
  get #blockMs(): number {
    const { clock, blockMs } = this.#deps
    let most = blockMs
    for (const { until } of this.#resting.values()) most = Math.min(most, Math.max(20, until - clock.elapsed()))
    return Math.ceil(most)
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
    this.#deps.commands.call('XADD', [this.#deps.wakeKey, '*', 'wake', '1']).catch(() => undefined)
  }

  #woken(entries: readonly StreamEntry[]): void {
    this.#isWaking = false
    const { commands, wakeKey } = this.#deps
    const ids = entries.map(([id]) => id.toString('latin1'))
    // Entries that stay are removed with the stream.
    commands.run(ackScript, [wakeKey], [ids.length, ...ids]).catch(() => undefined)
  }
}

/** Dependencies of a reader. */
export interface StreamReaderDeps {
  /** Its own, since it waits on it. */
  readonly connection: Connection
  readonly commands: Connection
  /** The stream by which it is woken. */
  readonly wakeKey: string
  readonly member: string
  readonly clock: Clock
  readonly random: Random
  /** Longest time that it waits for frames, in milliseconds. */
  readonly blockMs: number
  /** The stream by which it is woken is not there as it was: makes it anew. */
  readonly repair: () => Promise<void>
}

/** Queues by their room, rounded down to a power of two. */
function byRoom(wanting: readonly Wanted[]): ReadonlyMap<number, readonly Readable[]> {
  const groups = new Map<number, Readable[]>()
  for (const { queue, room } of wanting) {
    const rounded = 2 ** Math.floor(Math.log2(room))
    const group = groups.get(rounded)
    if (group) group.push(queue)
    else groups.set(rounded, [queue])
  }
  return groups
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
