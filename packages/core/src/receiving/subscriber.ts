import type { RejectReason } from '../contract/index.ts'
import type { DeduplicationStore } from '../deduplication/index.ts'
import { describeThrown, isSmError, type SmError, smError } from '../errors/index.ts'
import { type Clock, type Deadlines, isPromise, type MaybePromise, type Random } from '../kernel/index.ts'
import type { MessageType } from '../message/index.ts'
import type { RetryOptions } from '../settings/index.ts'
import type { DeliveryReports } from './delivery-reports.ts'
import type { Job, Outcome } from './job.ts'
import type { Answers, Concluded } from './request-hosts.ts'
import { attempts } from './stages/attempts.ts'
import { concurrency } from './stages/concurrency.ts'
import { deduplicate, type FailureEnd } from './stages/deduplicate.ts'
import { expiry } from './stages/expiry.ts'
import { type FilterOptions, filter } from './stages/filter.ts'
import { Gate } from './stages/gate.ts'
import { keyOrder } from './stages/key-order.ts'
import { measure } from './stages/measure.ts'
import { orderByKey } from './stages/order-by-key.ts'
import { coded, DispatchFault, type Stage, type Step } from './stages/stage.ts'
import { timeout } from './stages/timeout.ts'
import { validate } from './stages/validate.ts'
import { version } from './stages/version.ts'
import { acked, handedBack, ignored, isFinal, judgeFailure, toReason, type Verdict } from './verdict.ts'

export interface SubscriberOptions extends FilterOptions {
  /** The name of the handler: the same text in every instance of the agent. */
  readonly key: string
  /** Undefined for a subscription by pattern: payloads are then not validated. */
  readonly message: MessageType | undefined
  readonly versions: ReadonlySet<number> | undefined
  readonly concurrency: number
  readonly timeoutMs: number
  readonly retry: RetryOptions
  /** Calls the handler. */
  readonly handle: (job: Job) => MaybePromise<unknown>
}

/** The handler itself, at the heart of the onion. */
function handlerStep(handle: SubscriberOptions['handle'], gate: Gate): Step {
  return job => {
    if (gate.refusal) throw gate.refusal
    const result = handle(job)
    if (!isPromise(result)) {
      job.result = result
      return 'handled'
    }
    const handled = (value: unknown): Outcome => {
      job.result = value
      return 'handled'
    }
    // An awaitable need not be a promise: the `then` of some returns nothing.
    return (result instanceof Promise ? result : Promise.resolve(result)).then(handled)
  }
}

/**
 * The order of the stages, outermost first. It is written down here and nowhere else.
 *
 * 1. `expiry`: what nobody waits for any more deserves no further work.
 * 2. `filter`: what was not asked for is left alone, whatever its version or content.
 * 3. `version`: before the claim, so that a message in a version of the future is not remembered as handled.
 * 4. `deduplicate`: before decoding and validation, which a duplicate need not cost; and around everything that can
 *    fail, so that a failure releases the claim.
 * 5. `coded`: what is remembered of a failure, and what is answered, is an error with a code.
 * 6. `validate`: before a slot is taken, since it needs none.
 * 7. `orderByKey`: outside of `concurrency`, so that a message that waits for its predecessor holds no slot.
 * 8. `keyOrder`: when its turn has come, what came before it is known.
 * 9. `concurrency`: bounds the handlers that run.
 * 10. `expiry` once more: what has waited too long is not begun.
 * 11. `attempts`: a try counts from the moment at which nothing but the handler is left.
 * 12. `timeout`: only the handler's own time counts, not its wait.
 * 13. `measure`: the time of the handler itself, also of one that outlives its timeout.
 *
 * Settling comes last, when every handler of the delivery has concluded.
 */
function stages(options: SubscriberOptions, deps: SubscriberDeps, gate: Gate): readonly Stage[] {
  const { clock, deadlines, running, deduplication: store, deduplicatesAlways: always } = deps
  const { timeoutMs, retry } = options
  const onFault = (job: Job, error: unknown) => deps.reports.dispatchFailed(job, error)
  const endOf = (job: Job, error: unknown): FailureEnd => {
    // A message that fails because its subscriber ends is for another to handle, whatever the error says.
    if (gate.refusal || !isSmError(error)) return 'release'
    if (job.header.delivery === 'at-most-once') return 'commit'
    return isFinal(job, error, retry) ? toReason(error) : 'release'
  }
  return [
    expiry(clock),
    filter(options),
    version(options.versions),
    deduplicate({ store, handler: options.key, always, endOf, onFault }),
    coded(toError),
    validate(options.message, { clock, deadlines, timeoutMs }),
    orderByKey(gate),
    keyOrder(),
    concurrency(options.concurrency, gate),
    expiry(clock, true),
    attempts(retry.maxAttempts),
    timeout({ clock, deadlines, timeoutMs, running }),
    measure(clock, deps.reports.recordDuration),
  ]
}

/** Turns whatever a handler or a stage threw into an error with a code. A fault of dispatching stays one. */
function toError(job: Job, thrown: unknown): SmError | DispatchFault {
  if (isSmError(thrown) || thrown instanceof DispatchFault) return thrown
  const { retryable } = Object(thrown) as { retryable?: unknown }
  return smError('SM_HANDLER_FAILED', `The handler of ${job.header.type} threw: ${describeThrown(thrown)}`, {
    cause: thrown,
    details: { messageId: job.header.id },
    ...(typeof retryable === 'boolean' && { retryable }),
  })
}

/** One handler with its stages: it takes a job and says what becomes of the delivery, as far as it is concerned. */
export class Subscriber {
  readonly key: string
  readonly message: MessageType | undefined
  /** Versions that it takes; undefined for all. */
  readonly versions: ReadonlySet<number> | undefined
  readonly #options: SubscriberOptions
  readonly #deps: SubscriberDeps
  readonly #run: Step
  readonly #gate = new Gate()
  #active = 0
  readonly #onIdle: Array<() => void> = []

  constructor(options: SubscriberOptions, deps: SubscriberDeps) {
    this.key = options.key
    this.message = options.message
    this.versions = options.versions
    this.#options = options
    this.#deps = deps
    const handler = handlerStep(options.handle, this.#gate)
    this.#run = stages(options, deps, this.#gate).reduceRight((next, stage) => stage(next), handler)
  }

  /** Jobs that it has begun and not concluded. */
  get active(): number {
    return this.#active
  }

  /** Resolves when no job is under way. */
  idle(): Promise<void> {
    if (this.#active === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onIdle.push(resolve)
    })
  }

  /** Begins nothing more: what waits for its turn is handed back, for another to handle. What runs is left to run. */
  giveUp(error: SmError): void {
    this.#gate.close(error)
  }

  /** Throws or rejects only with what is a fault of dispatching itself, and none of the handler's. */
  handle(job: Job): MaybePromise<Verdict> {
    this.#active += 1
    job.subscriber = this
    let outcome: MaybePromise<Outcome>
    try {
      outcome = this.#run(job)
    } catch (error) {
      return this.#fail(job, error)
    }
    if (!isPromise(outcome)) return this.#conclude(job, outcome)
    return outcome.then(
      settled => this.#conclude(job, settled),
      error => this.#fail(job, error),
    )
  }

  #fail(job: Job, error: unknown): MaybePromise<Verdict> {
    const failure = toError(job, error)
    if (!(failure instanceof DispatchFault)) return this.#conclude(job, failure)
    this.#leave()
    throw failure.cause
  }

  #conclude(job: Job, end: Outcome | SmError): MaybePromise<Verdict> {
    this.#deps.reports.concluded(job, end)
    const answered = this.#deps.answers.answer(job, this, end)
    if (isPromise(answered)) return answered.then(() => this.#verdict(job, end))
    return this.#verdict(job, end)
  }

  #verdict(job: Job, end: Outcome | SmError): Verdict {
    this.#leave()
    if (typeof end !== 'string') {
      return this.#gate.refusal ? handedBack : judgeFailure(job, end, this.#options.retry, this.#deps.random)
    }
    if (end === 'handled' || end === 'duplicate') return acked
    if (end === 'givenUp') return { kind: 'reject', reason: job.rejection as RejectReason }
    if (end !== 'unaccepted') return ignored
    const { code, message } = unaccepted(job, this)
    return { kind: 'unaccepted', reason: { code, message } }
  }

  #leave(): void {
    this.#active -= 1
    if (this.#active === 0 && this.#onIdle.length > 0) for (const wake of this.#onIdle.splice(0)) wake()
  }
}

/** The error of a version that a subscriber does not take. */
export function unaccepted({ header }: Job, { message, key }: Concluded): SmError {
  const own = message ? `, which takes version ${[message.version, ...message.upcast.keys()].join(', ')}` : ''
  return smError('SM_VERSION_UNACCEPTED', `${header.type} came in version ${header.version} to ${key}${own}`, {
    details: { type: header.type, version: header.version },
  })
}

/** Dependencies of a subscriber. */
export interface SubscriberDeps {
  readonly clock: Clock
  readonly random: Random
  readonly deadlines: Deadlines
  readonly deduplication: DeduplicationStore
  /** Whether at-most-once messages can come over several wires by now. */
  readonly deduplicatesAlways: () => boolean
  /** Handlers that run and have not returned. */
  readonly running: Set<Job>
  readonly reports: Pick<DeliveryReports, 'recordDuration' | 'concluded' | 'dispatchFailed'>
  /** Answers requests before their deliveries are settled. */
  readonly answers: Pick<Answers, 'answer'>
}
