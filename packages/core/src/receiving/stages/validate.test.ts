import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { makeFrame } from '../../../test/make-frame.ts'
import { jobOf, testJob } from '../../../test/test-job.ts'
import { jsonCodec, LocalBody } from '../../codec/index.ts'
import { createVirtualClock, Deadlines } from '../../kernel/index.ts'
import { defineMessage, LocalFrame, type MessageType } from '../../message/index.ts'
import type { Job } from '../job.ts'
import { validate } from './validate.ts'

const Order = defineMessage('order.placed', {
  version: 3,
  schema: z.object({ id: z.string(), total: z.number().default(0) }),
  upcast: {
    1: (old: { order: string }) => ({ id: old.order, total: 1 }),
    2: () => {
      throw new Error('not today')
    },
  },
})

const run = async (message: MessageType | undefined, job: Job) => {
  const clock = createVirtualClock()
  const limits = { clock, deadlines: new Deadlines(clock), timeoutMs: 1_000 }
  const outcome = await validate(message, limits)(() => 'handled')(job)
  return { outcome, payload: job.payload }
}

describe('validation', () => {
  it('gives handlers what the schema makes of the payload', async () => {
    expect(await run(Order, testJob({ version: 3 }, { id: '7' }))).toEqual({
      outcome: 'handled',
      payload: { id: '7', total: 0 },
    })
  })

  it('refuses what does not fit, naming each field', async () => {
    await expect(run(Order, testJob({ version: 3 }, { id: 7, total: 'x' }))).rejects.toMatchObject({
      code: 'SM_PAYLOAD_INVALID',
      retryable: false,
      details: { issues: [{ path: 'id' }, { path: 'total' }] },
    })
  })

  it('waits for a schema that takes its time', async () => {
    const slow = z.object({ id: z.string() }).refine(async ({ id }) => id !== 'bad')
    const Slow = defineMessage('order.placed', { schema: slow })
    expect(await run(Slow, testJob({}, { id: 'good' }))).toMatchObject({ payload: { id: 'good' } })
    await expect(run(Slow, testJob({}, { id: 'bad' }))).rejects.toMatchObject({ code: 'SM_PAYLOAD_INVALID' })
  })

  it('gives a subscription by pattern the payload as it came', async () => {
    expect(await run(undefined, testJob({}, { anything: [1] }))).toMatchObject({ payload: { anything: [1] } })
  })
})

describe('an older version', () => {
  it('is turned into the present one before the schema looks at it', async () => {
    expect(await run(Order, testJob({ version: 1 }, { order: '7' }))).toMatchObject({ payload: { id: '7', total: 1 } })
  })

  it('whose upcast throws is a payload that does not fit, with the cause', async () => {
    await expect(run(Order, testJob({ version: 2 }, {}))).rejects.toMatchObject({
      code: 'SM_PAYLOAD_INVALID',
      message: expect.stringContaining('from version 2 to 3'),
      cause: expect.objectContaining({ message: 'not today' }),
    })
  })

  it('accepted as it is, without an upcast, is validated as it came', async () => {
    const Plain = defineMessage('order.placed', { version: 2, schema: z.object({ id: z.string() }) })
    expect(await run(Plain, testJob({ version: 1 }, { id: 'old' }))).toMatchObject({ payload: { id: 'old' } })
  })
})

describe('a message of this process', () => {
  const local = (schema: MessageType['schema'], version = 3) => {
    const wire = { id: 'wire' }
    const body = new LocalBody(schema, wire, { id: 'made before', total: 5 }, jsonCodec, wire)
    return jobOf(new LocalFrame(makeFrame({ version }, {}).header, body, 0))
  }

  it('is not validated a second time by the same schema', async () => {
    expect(await run(Order, local(Order.schema))).toMatchObject({ payload: { id: 'made before' } })
  })

  it('is validated by another schema of the same type', async () => {
    const Other = defineMessage('order.placed', { version: 3, schema: z.object({ id: z.string() }) })
    expect(await run(Other, local(Order.schema))).toEqual({ outcome: 'handled', payload: { id: 'wire' } })
  })

  it('is validated when its version is another than the definition’s', async () => {
    expect(await run(Order, local(Order.schema, 4))).toMatchObject({ payload: { id: 'wire', total: 0 } })
  })
})
