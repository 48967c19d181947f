import type { Argument } from '../wire/command.ts'
import type { Names } from '../wire/names.ts'
import type { Addressed } from './address-lane.ts'

/** Most frames, and about how many bytes of them, that leave in one command. */
const maxFrames = 512
const maxLength = 524_288

/** The frames of one command, and the queues that each goes to. */
export class StreamBatch {
  readonly number: number
  /** Frames that were not tried before, in order: should the server refuse the batch, they are matched anew. */
  readonly fresh: Addressed[] = []
  /** Frames behind others that wait for room, by queue. */
  readonly deferred: [queue: string, addressed: Addressed][] = []
  /** The queues of the batch, and what each is given, in order. */
  readonly lists = new Map<string, Addressed[]>()
  readonly #names: Names
  readonly #keys: string[] = []
  readonly #args: Argument[] = []
  readonly #places = new Map<string, number>()
  #frames = 0
  #length = 0
  #run: readonly string[] | undefined
  /** Where the number of frames of the present run stands. */
  #countAt = 0

  constructor(number: number, names: Names) {
    this.number = number
    this.#names = names
  }

  get isFull(): boolean {
    return this.#frames >= maxFrames || this.#length >= maxLength
  }

  get isEmpty(): boolean {
    return this.fresh.length === 0 && this.lists.size === 0
  }

  get keys(): readonly string[] {
    return this.#keys
  }

  get args(): readonly Argument[] {
    return this.#args
  }

  /** Adds a frame for these queues. Those with the same list one after the other take the least space. */
  add(addressed: Addressed, queues: readonly string[]): void {
    const { attempt } = addressed
    if (queues !== this.#run) this.#begin(queues)
    this.#args.push(attempt.event)
    this.#args[this.#countAt] = (this.#args[this.#countAt] as number) + 1
    this.#frames += 1
    this.#length += attempt.event.length
    attempt.pending.written()
    for (let i = 0; i < queues.length; i++) (this.lists.get(queues[i] as string) as Addressed[]).push(addressed)
  }

  #begin(queues: readonly string[]): void {
    this.#run = queues
    const places = queues.map(queue => this.#placeOf(queue))
    this.#args.push(queues.length, ...places)
    this.#countAt = this.#args.length
    this.#args.push(0)
  }

  #placeOf(queue: string): number {
    const known = this.#places.get(queue)
    if (known !== undefined) return known
    this.lists.set(queue, [])
    this.#keys.push(this.#names.queue(queue), this.#names.delayed(queue))
    const place = this.#places.size + 1
    this.#places.set(queue, place)
    return place
  }
}
