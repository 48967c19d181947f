import type { StandardSchemaV1 } from '@standard-schema/spec'
import { smError } from '../errors/index.ts'
import { isPromise } from '../kernel/index.ts'
import { LocalFrame, type MessageType, validate as validatePayload } from '../message/index.ts'
import type { Job } from './job.ts'
import type { Stage } from './stage.ts'

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

/** Decodes the payload, turns an older version into the subscriber's own, and has the schema make of it what handlers get. */
export function validate(message: MessageType | undefined): Stage {
  if (!message) {
    return next => job => {
      job.payload = job.frame.body.value()
      return next(job)
    }
  }
  const schema = message.schema as StandardSchemaV1<unknown, unknown>
  return next => job => {
    const { frame } = job
    // What this very schema made of it when it was published in this process need not be made again.
    if (frame instanceof LocalFrame && frame.schema === schema && frame.header.version === message.version) {
      job.payload = frame.output
      return next(job)
    }
    const output = validatePayload(schema, upcast(message, job), `The payload of ${job.header.type}`)
    if (!isPromise(output)) {
      job.payload = output
      return next(job)
    }
    return output.then(settled => {
      job.payload = settled
      return next(job)
    })
  }
}
