import { brokerError, type FrameFormat, type PendingPublish } from '@sm/brokered'
import { Deque, type TransportReceipt } from '@sm/core/transport'
import type { Connection } from '../connection/connection.ts'
import { fromDriver } from '../errors.ts'
import type { Argument } from '../wire/command.ts'
import type { Names } from '../wire/names.ts'
import type { Reply } from '../wire/reply.ts'
import { publishOnceScript } from '../wire/scripts/index.ts'
import { PublishAttempt } from './publish-attempt.ts'

/** Most events, and about how many bytes of them, that leave in one command. */
const maxFrames = 512
const maxLength = 262_144

/** Most commands that wait for their answer: what is published meanwhile leaves together. */
const maxCommands = 4

const accepted: TransportReceipt = Object.freeze({ evidence: 'accepted' })

/** An event of so many bytes costs more as a value of a script than as a command of its own. */
const largeBytes = 4_096

/** So few frames are sooner there by commands of their own. */
const fewFrames = 2

/** Publishes at most once: one PUBLISH for each frame, but where many small ones leave together, one script for all of them. */
export class AtMostOncePublisher {
  readonly #names: Names
  readonly #format: FrameFormat
  readonly #isExpected: (place: string) => boolean
  readonly #waiting = new Deque<PublishAttempt>()
  readonly #sent = new Set<readonly PublishAttempt[]>()
  #connection: Connection | undefined
  #isScheduled = false
  #count = 0

  /** `isExpected` tells whether somebody who listened there before an outage may still come back. */
  constructor(names: Names, format: FrameFormat, isExpected: (place: string) => boolean) {
    this.#names = names
    this.#format = format
    this.#isExpected = isExpected
  }

  publish(pending: PendingPublish): void {
    this.#count += 1
    const attempt = new PublishAttempt(pending, this.#count, this.#format)
    this.#waiting.push(attempt)
    this.#schedule()
  }

  resume(connection: Connection): void {
    this.#connection = connection
  }

  /** The connection is gone, and with it whatever was under way. */
  lost(): void {
    this.#connection = undefined
    const all = [...[...this.#sent].flat(), ...this.#waiting.drain()]
    this.#sent.clear()
    for (const attempt of all) attempt.lost()
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
    const batch = this.#take()
    for (const { pending } of batch) pending.written()
    if (batch.length > fewFrames && !isLarge(batch[0] as PublishAttempt)) this.#sendTogether(connection, batch)
    else for (const attempt of batch) this.#sendAlone(connection, attempt)
  }

  #sendAlone(connection: Connection, attempt: PublishAttempt): void {
    const batch = [attempt]
    this.#sent.add(batch)
    const answered = (result: unknown) => this.#answered(connection, batch, [result])
    connection.publish(this.#names.channel(attempt.place), attempt.event).then(answered, answered)
  }

  #sendTogether(connection: Connection, batch: readonly PublishAttempt[]): void {
    this.#sent.add(batch)
    const args: Argument[] = []
    let place: string | undefined
    let countAt = 0
    for (const next of batch) {
      if (next.place !== place) {
        place = next.place
        countAt = args.push(this.#names.channel(place), 0) - 1
      }
      args[countAt] = (args[countAt] as number) + 1
      args.push(next.event)
    }
    // The key does nothing, but leads to the right node of a cluster.
    connection.run(publishOnceScript, [this.#names.version], args).then(
      results => this.#answered(connection, batch, results as readonly Reply[]),
      error => this.#answered(connection, batch, Array(batch.length).fill(error)),
    )
  }

  /** The next frames, as many as go together: all small ones or all large ones. */
  #take(): readonly PublishAttempt[] {
    const batch: PublishAttempt[] = []
    for (let length = 0; batch.length < maxFrames && length < maxLength; ) {
      const next = this.#waiting.peek()
      if (!next || (batch.length > 0 && isLarge(next) !== isLarge(batch[0] as PublishAttempt))) break
      batch.push(next)
      length += next.event.length
      this.#waiting.shift()
    }
    return batch
  }

  /** `results` are how many connections got each, or why none did. */
  #answered(connection: Connection, batch: readonly PublishAttempt[], results: readonly unknown[]): void {
    if (!this.#sent.delete(batch)) return
    for (let i = 0; i < batch.length; i++) {
      const [attempt, result] = [batch[i] as PublishAttempt, results[i]]
      if (typeof result !== 'number') this.#refused(connection, attempt, result)
      else if (result > 0) attempt.pending.taken(accepted)
      else if (this.#isExpected(attempt.place)) attempt.pending.failed(notBackYet(connection.where, attempt.place))
      else attempt.reachedNobody()
    }
    this.#schedule()
  }

  #refused({ where }: Connection, attempt: PublishAttempt, error: unknown): void {
    const coded = fromDriver(error, where, 'publish')
    if (coded.code === 'SM_BROKER_LOST') attempt.lost()
    else attempt.pending.failed(coded)
  }
}

/** After an outage nobody is not nobody for a while. */
function notBackYet(where: string, place: string) {
  const what = `Redis at ${where} has come back, and who listens to ${place} has not yet`
  return brokerError('SM_BROKER_DOWN', what, { details: { transport: 'redis', outcome: 'failed' } })
}

function isLarge({ event }: PublishAttempt): boolean {
  return event.length >= largeBytes
}
