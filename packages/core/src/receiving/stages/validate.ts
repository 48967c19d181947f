import { smError } from '../../errors/index.ts'
import { type Clock, type Deadlines, isPromise, withDeadline } from '../../kernel/index.ts'
import {
  LocalFrame,
  type MessageType,
  type StandardSchemaV1,
  validate as validatePayload,
} from '../../message/index.ts'
import type { Job } from '../job.ts'
import type { Stage } from './stage.ts'

export interface ValidateOptions {
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Longest time of an asynchronous schema, in milliseconds. */
  readonly timeoutMs: number
}

/** Longest time of a schema where handlers may take any, in milliseconds. */
const longestMs = 60_000

/** The payload of an older version as input of the definition's own. */
function upcast(message: MessageType, job: Job): unknown {
  const payload = job.frame.body.value()
  const turn = message.upcast.get(job.header.version)
  if (!turn) return payload
  try {
    return turn(payload)
  } catch (cause) {
    const what = `The upcast of ${message.type} from version ${job.header.version} to ${message.version} threw`
    throw smError('SM_PAYLOAD_INVALID', what, { cause })
  }
}

/** Bytes cannot be frozen: each try gets its own, so that what a handler does to them stays its own. */
function own(payload: unknown): unknown {
  return payload instanceof Uint8Array ? payload.slice() : payload
}

/** Decodes the payload, turns an older version into the subscriber's own, and has the schema make of it what handlers get. */
export function validate(message: MessageType | undefined, { clock, deadlines, timeoutMs }: ValidateOptions): Stage {
  if (!message) {
    return next => job => {
      job.payload = own(job.frame.body.value())
      return next(job)
    }
  }
  const schema = message.schema as StandardSchemaV1<unknown, unknown>
  const late = ({ header: { type, id } }: Job) =>
    smError('SM_SCHEMA_TIMEOUT', `The schema of ${type} did not answer in time`, { details: { messageId: id } })
  return next => job => {
    const { frame } = job
    // A payload that this very schema made when it was published in this process need not be made again.
    if (frame instanceof LocalFrame && frame.body.schema === schema && frame.header.version === message.version) {
      job.payload = own(frame.body.output)
      return next(job)
    }
    const output = validatePayload(schema, own(upcast(message, job)), 'The payload of', job.header.type)
    if (!isPromise(output)) {
      job.payload = output
      return next(job)
    }
    const endsAt = clock.elapsed() + Math.min(timeoutMs, longestMs)
    return withDeadline(output, deadlines, endsAt, () => late(job)).then(settled => {
      job.hasWaited = true
      job.payload = settled
      return next(job)
    })
  }
}
