import type { Publication } from '@sm/brokered'
import { Deque, type TransportReceipt } from '@sm/core/transport'
import type { Argument, Connection } from './connection.ts'
import { fromDriver } from './errors.ts'
import type { Names } from './names.ts'
import { Outgoing } from './outgoing.ts'
import { publishOnceScript } from './scripts/index.ts'

/** Most events, and about how many characters of them, that leave in one command. */
const maxFrames = 512
const maxLength = 262_144

/** Most commands that wait for their answer: what is published meanwhile leaves together. */
const maxCommands = 4

const accepted: TransportReceipt = Object.freeze({ evidence: 'accepted' })

/** Publishes at most once: one PUBLISH for each frame, and one command for all frames of one tick. */
export class OncePublisher {
  readonly #names: Names
  readonly #waiting = new Deque<Outgoing>()
  readonly #sent = new Set<readonly Outgoing[]>()
  #connection: Connection | undefined
  #isScheduled = false
  #count = 0

  constructor(names: Names) {
    this.#names = names
  }

  publish(publication: Publication): Promise<TransportReceipt> {
    this.#count += 1
    const outgoing = new Outgoing(publication, this.#count)
    this.#waiting.push(outgoing)
    this.#schedule()
    return outgoing.promise
  }

  resume(connection: Connection): void {
    this.#connection = connection
  }

  /** The connection is gone, and with it whatever was under way. */
  lost(): void {
    this.#connection = undefined
    const all = [...[...this.#sent].flat(), ...this.#waiting.drain()]
    this.#sent.clear()
    for (const outgoing of all) outgoing.lost()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#sent.size >= maxCommands) return
    this.#isScheduled = true
    // After everything that is published in this tick.
    process.nextTick(() => {
      this.#isScheduled = false
      while (this.#waiting.length > 0 && this.#sent.size < maxCommands) this.#send()
    })
  }

  #send(): void {
    const connection = this.#connection
    if (!connection) {
      this.lost()
      return
    }
    const batch: Outgoing[] = []
    const args: Argument[] = []
    let length = 0
    let place: string | undefined
    let countAt = 0
    while (batch.length < maxFrames && length < maxLength) {
      const next = this.#waiting.shift()
      if (!next) break
      batch.push(next)
      next.publication.sent = true
      length += next.event.length
      if (next.place !== place) {
        place = next.place
        countAt = args.push(this.#names.channel(place), 0) - 1
      }
      args[countAt] = (args[countAt] as number) + 1
      args.push(next.event)
    }
    this.#sent.add(batch)
    // The key does nothing, but leads to the right node of a cluster.
    connection.run(publishOnceScript, [this.#names.version], args).then(
      reply => this.#answered(batch, reply as readonly number[]),
      error => this.#failed(connection, batch, error),
    )
  }

  #answered(batch: readonly Outgoing[], receivers: readonly number[]): void {
    if (!this.#sent.delete(batch)) return
    for (let i = 0; i < batch.length; i++) {
      if (receivers[i]) (batch[i] as Outgoing).accepted(accepted)
      else (batch[i] as Outgoing).reachedNobody()
    }
    this.#schedule()
  }

  #failed(connection: Connection, batch: readonly Outgoing[], error: unknown): void {
    if (!this.#sent.delete(batch)) return
    const coded = fromDriver(error, connection.where, 'publish')
    for (const outgoing of batch) {
      if (coded.code === 'SM_BROKER_LOST') outgoing.lost()
      else outgoing.failed(coded)
    }
    this.#schedule()
  }
}
