import { Job } from '../src/dispatch/job.ts'
import type { Header, Payload } from '../src/message/index.ts'
import type { Transport } from '../src/transport/index.ts'
import { makeFrame } from './make-frame.ts'

const transport = { name: 'test' } as Transport

/** A message on its way to one handler, for stages that look at no more of a transport than its name. */
export function testJob(attributes: Partial<Header> = {}, payload?: Payload, attempt = 1): Job {
  return new Job(makeFrame(attributes, payload), attempt, transport)
}
