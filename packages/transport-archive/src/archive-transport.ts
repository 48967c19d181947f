import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type Delivery,
  type DeliveryLevel,
  demandsOf,
  type Frame,
  isControlType,
  isPromise,
  Lifecycle,
  type MaybePromise,
  matchesPattern,
  type Route,
  requireFrameFits,
  requireSubscribable,
  type SignalOptions,
  type SubscriptionSpec,
  sleep,
  smError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportSubscription,
  toCloudEventJson,
} from '@sm/core/transport'
import { capabilitiesOf, maxFrameBytes } from './capabilities.ts'
import { ArchiveDirectory } from './files/archive-directory.ts'
import type { ArchiveSettings } from './options.ts'
import { ArchiveWriter } from './writing/archive-writer.ts'
import { RotatingFile } from './writing/rotating-file.ts'
import { Upkeep } from './writing/upkeep.ts'
import { publishError, type WriteFault } from './writing/write-fault.ts'

/** How long a stop without a drain waits for a disk that does not answer, in milliseconds. */
const lastWriteMs = 1_000

const unwanted: TransportReceipt = Object.freeze({ evidence: 'none', copies: 0 })

/** Writes each frame as a CloudEvents event in JSON, a line each, whomever it is for. */
export class ArchiveTransport implements Transport {
  readonly name = 'archive'
  readonly capabilities: Capabilities
  readonly #settings: ArchiveSettings
  readonly #context: TransportContext
  readonly #events
  readonly #lifecycle: Lifecycle
  readonly #directory: ArchiveDirectory
  readonly #file: RotatingFile
  readonly #writer: ArchiveWriter
  readonly #upkeep: Upkeep
  readonly #receipts: Readonly<Record<DeliveryLevel, TransportReceipt>>

  constructor(settings: ArchiveSettings, context: TransportContext) {
    this.capabilities = capabilitiesOf(settings.fsync)
    this.#settings = settings
    this.#context = context
    this.#events = createEmitter<TransportEvents>(error => context.logger.error({ error }, 'A listener threw'))
    this.#lifecycle = new Lifecycle(this.name, this.#events)
    const directory = new ArchiveDirectory(settings.directory)
    const file = new RotatingFile(settings, context, directory)
    const writer = new ArchiveWriter({ settings, file, onFault: fault => this.#degrade(fault) })
    const { clock, instance } = context
    this.#directory = directory
    this.#file = file
    this.#writer = writer
    this.#upkeep = new Upkeep({ settings, clock, instance, directory, file, writer, onRecovery: () => this.#recover() })
    const { delivery } = this.capabilities
    this.#receipts = {
      'at-most-once': { evidence: delivery['at-most-once'] ?? 'sent' },
      'at-least-once': { evidence: delivery['at-least-once'] ?? 'accepted' },
    }
  }

  get state() {
    return this.#lifecycle.state
  }

  start(options?: SignalOptions): Promise<void> {
    return this.#lifecycle.start(
      async () => {
        await this.#directory.make()
        this.#upkeep.start()
      },
      () => this.#close({}),
      options,
    )
  }

  wants(type: string): boolean {
    return !isControlType(type) && this.#settings.types.some(pattern => matchesPattern(pattern, type))
  }

  publish(frame: Frame, _address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    this.#lifecycle.requireStarted('publish')
    const { type, delivery } = frame.header
    if (!this.wants(type)) return unwanted
    const line = Buffer.from(`${toCloudEventJson(frame)}\n`)
    // A line is longer than its frame in nearly all cases: only then the size of the frame has to be known.
    if (line.length > maxFrameBytes) requireFrameFits(this.name, frame, maxFrameBytes)
    const receipt = this.#receipts[delivery]
    const taken = this.#writer.add(line, delivery === 'at-least-once', options)
    return isPromise(taken) ? taken.then(() => receipt) : receipt
  }

  subscribe(spec: SubscriptionSpec, _onDelivery: (delivery: Delivery) => void): TransportSubscription {
    this.#lifecycle.requireStarted('subscribe')
    requireSubscribable(this.name, this.capabilities, demandsOf(spec))
    // It has thrown: nothing comes out of an archive.
    return undefined as never
  }

  /** Nobody is reached by an archive. */
  routes(_address: Address): readonly Route[] {
    return []
  }

  health(): TransportHealth {
    const { fault, facts } = this.#writer
    return { state: this.state, details: { ...facts, ...(fault && { fault: fault.code }) } }
  }

  stop(options: CloseOptions = {}): Promise<void> {
    return this.#lifecycle.stop(() => this.#close(options))
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  #degrade(fault: WriteFault): void {
    const { agent, logger } = this.#context
    const { directory } = this.#settings
    logger.error({ agent, directory, error: publishError(fault) }, 'The archive cannot be written')
    this.#lifecycle.become('degraded', publishError(fault))
  }

  #recover(): void {
    const { agent, logger } = this.#context
    logger.info({ agent, directory: this.#settings.directory }, 'The archive can be written again')
    this.#lifecycle.become('ready')
  }

  async #close({ drain = false, signal }: CloseOptions): Promise<void> {
    const patienceEnds = drain ? aborted(signal) : Promise.resolve()
    await Promise.race([this.#writer.drain(), patienceEnds])
    this.#writer.close(
      smError('SM_TRANSPORT_STATE', 'The archive has stopped', {
        details: { transport: this.name, state: 'stopped', outcome: 'failed' },
      }),
    )
    const { agent, clock, logger } = this.#context
    const closed = Promise.all([this.#writer.drain(), this.#upkeep.stop()])
      .then(() => this.#file.close())
      .catch(error => logger.error({ agent, error }, 'The last file of the archive was not closed'))
    const done = new AbortController()
    const givenUp = patienceEnds.then(() => sleep(clock, lastWriteMs, done.signal)).catch(() => undefined)
    await Promise.race([closed, givenUp])
    done.abort()
  }
}

/** Resolves when `signal` aborts; never without one. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}
