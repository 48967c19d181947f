import type { Transport } from '../src/contract/index.ts'
import type { Clock } from '../src/kernel/index.ts'
import { createVirtualClock } from '../src/kernel/virtual-clock.ts'
import type { Frame, Header, Payload } from '../src/message/index.ts'
import { Job } from '../src/receiving/job.ts'
import { SettleOnce } from '../src/transport-kit/index.ts'
import { makeFrame } from './make-frame.ts'

const transport = { name: 'test' } as Transport

/** A frame on its way to one handler, for stages that look at no more of a transport than its name. */
export function jobOf(frame: Frame, attempt = 1, clock: Clock = createVirtualClock()): Job {
  return new Job(new SettleOnce(frame, attempt, { settle: () => undefined }), transport, clock)
}

/** A message on its way to one handler. */
export function testJob(attributes: Partial<Header> = {}, payload?: Payload, attempt = 1, clock?: Clock): Job {
  return jobOf(makeFrame(attributes, payload), attempt, clock)
}
