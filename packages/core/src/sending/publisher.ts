import { type SmError, smError } from '../errors/index.ts'
import { abortable, type Deadlines, isPromise, type MaybePromise, withDeadline } from '../kernel/index.ts'
import type { Frame, LocalFrame, MessageType } from '../message/index.ts'
import type { Receipt } from '../routing/index.ts'
import { type AgentSettings, checkPublishOptions, type PublishOptions } from '../settings/index.ts'
import { checkAttributes } from './attributes.ts'
import type { SentReceipt } from './copies.ts'
import type { FrameFactory } from './frame-factory.ts'
import { PublishReceipt } from './publish-receipt.ts'
import type { PublishReports } from './publish-reports.ts'
import { type Patience, PublishScope, type PublishTimes } from './publish-scope.ts'
import type { Sender } from './sender.ts'

const noPatience: Patience = {}

/** Publishes for one agent: makes the frame, gives it to the sender within its time, and reports what came of it. */
export class Publisher {
  readonly #settings: AgentSettings
  readonly #frames: FrameFactory
  readonly #sender: Sender
  readonly #times: PublishTimes
  readonly #reports: PublishReports
  /** Publishes that wait: a caller who awaits none of them must not fill the memory. */
  #waiting = 0
  #failedWaiting = 0

  constructor(
    settings: AgentSettings,
    frames: FrameFactory,
    sender: Sender,
    deadlines: Deadlines,
    reports: PublishReports,
  ) {
    this.#settings = settings
    this.#frames = frames
    this.#sender = sender
    this.#times = { clock: settings.clock, deadlines, timeoutMs: settings.publishTimeoutMs }
    this.#reports = reports
  }

  /** Publishes that wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Publishes that waited and failed, since the start. */
  get failedWaiting(): number {
    return this.#failedWaiting
  }

  publish(message: MessageType, payload: unknown, options: PublishOptions | undefined): MaybePromise<Receipt> {
    if (options) {
      checkPublishOptions(options)
      checkAttributes(options)
    }
    const frame = this.#frames.message(message, payload, options)
    return isPromise(frame) ? this.#sendLater(message, frame, options) : this.send(message, frame, options)
  }

  /** The schema takes its time: it is part of that of the publish. */
  async #sendLater(
    message: MessageType,
    frame: Promise<LocalFrame>,
    patience: Patience = noPatience,
  ): Promise<Receipt> {
    const { clock, deadlines } = this.#times
    const { signal, route, via, timeoutMs = this.#times.timeoutMs } = patience
    const { maxPublishes } = this.#settings
    if (this.#waiting >= maxPublishes) throw tooMany(maxPublishes)
    const endsAt = clock.elapsed() + timeoutMs
    this.#waiting += 1
    let made: LocalFrame
    try {
      made = await abortable(
        withDeadline(frame, deadlines, endsAt, () => lateSchema(message, timeoutMs)),
        signal,
      )
    } finally {
      this.#waiting -= 1
    }
    return this.send(message, made, { timeoutMs, endsAt, signal, route, via })
  }

  /** Sends a frame that has been made. */
  send(message: MessageType, frame: Frame, patience: Patience = noPatience): MaybePromise<Receipt> {
    const { maxPublishes } = this.#settings
    patience.signal?.throwIfAborted()
    if (this.#waiting >= maxPublishes) this.#refuse(frame, maxPublishes)
    const scope = new PublishScope(this.#times, message.type, patience)
    let receipt: MaybePromise<SentReceipt>
    try {
      receipt = this.#sender.send(message, frame, scope)
    } catch (error) {
      this.#reports.failed(frame, error)
      throw error
    }
    return isPromise(receipt) ? this.#whenSent(frame, receipt, scope) : this.#sent(frame, receipt, scope)
  }

  /** Sends what nobody awaits: a failure is counted and told, and harms no one. */
  quietly(frame: Frame, publish: () => MaybePromise<unknown>): MaybePromise<void> {
    try {
      const published = publish()
      if (!isPromise(published)) return
      return published.then(
        () => undefined,
        error => this.#reports.failed(frame, error),
      )
    } catch (error) {
      this.#reports.failed(frame, error)
    }
  }

  #refuse(frame: Frame, maxPublishes: number): never {
    const error = tooMany(maxPublishes)
    this.#reports.failed(frame, error)
    throw error
  }

  #sent(frame: Frame, sent: SentReceipt, { transports, steps, since }: PublishScope): Receipt {
    this.#reports.published(frame, transports)
    const roundTripMs = since === undefined ? undefined : this.#times.clock.elapsed() - since
    return new PublishReceipt(frame.header.id, sent, transports, steps, roundTripMs)
  }

  #whenSent(frame: Frame, receipt: Promise<SentReceipt>, scope: PublishScope): Promise<Receipt> {
    this.#waiting += 1
    const end = () => {
      this.#waiting -= 1
      scope.end()
    }
    return receipt.then(
      settled => {
        end()
        return this.#sent(frame, settled, scope)
      },
      error => {
        end()
        this.#failedWaiting += 1
        this.#reports.failed(frame, error)
        throw error
      },
    )
  }
}

function tooMany(maxPublishes: number): SmError {
  return smError('SM_PUBLISH_LIMIT', `${maxPublishes} publishes wait already`, {
    details: { maxPublishes, outcome: 'failed' },
  })
}

function lateSchema({ type }: MessageType, timeoutMs: number): SmError {
  return smError('SM_PUBLISH_TIMEOUT', `The schema of ${type} did not answer within ${timeoutMs} ms`, {
    details: { outcome: 'failed' },
  })
}
