import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Transport } from '../src/contract/index.ts'
import { smError } from '../src/errors/index.ts'
import { defineMessage } from '../src/message/index.ts'
import type { Subscriber } from '../src/receiving/index.ts'
import { createReceiver } from '../src/receiving/receiver.ts'
import type { SubscriberOptions } from '../src/receiving/subscriber.ts'
import { type Settlement, SettleOnce } from '../src/transport-kit/index.ts'
import { makeFrame } from './make-frame.ts'
import { testHost, testSubscriber } from './test-subscriber.ts'

const transport = { name: 'test' } as Transport

interface Extra {
  readonly attempt?: number
  readonly begin?: () => number | Promise<number>
}

/** Delivers frames to one handler, as a transport that delivers again would. */
function receiving(subscribers: (host: ReturnType<typeof testHost>) => readonly Subscriber[]) {
  const host = testHost()
  const all = subscribers(host)
  const receive = createReceiver(
    {
      clock: host.clock,
      reports: {
        received: () => undefined,
        dispatchFailed: (_delivery, error) => host.ends.push(`failed: ${(error as Error).message}`),
        settled: () => undefined,
      },
      unhandled: { judge: () => ({ kind: 'ack' }) },
    },
    transport,
    () => all,
  )
  const deliver = async (id: string, { attempt = 1, begin }: Extra = {}) => {
    const settlements: Settlement[] = []
    const settle = (_delivery: unknown, settlement: Settlement) => settlements.push(settlement)
    receive(Object.assign(new SettleOnce(makeFrame({ id }), attempt, { settle }), begin && { begin }))
    await host.clock.advance(0)
    return settlements[0]
  }
  return { ...host, deliver }
}

const rejected = (code: string) => ({ kind: 'reject', reason: { code, message: expect.any(String) } })

/** Each way in which a message is given up. */
const ends: Record<
  string,
  { code: string; options?: Partial<SubscriberOptions>; handle?: () => unknown; attempt?: number }
> = {
  'that must not be tried again': {
    code: 'SM_HANDLER_FAILED',
    handle: () => {
      throw Object.assign(new Error('stolen'), { retryable: false })
    },
  },
  'that has used up its tries': {
    code: 'SM_HANDLER_FAILED',
    attempt: 5,
    handle: () => {
      throw new Error('still broken')
    },
  },
  'whose payload does not validate': {
    code: 'SM_PAYLOAD_INVALID',
    options: { message: defineMessage('order.placed', { schema: z.object({ n: z.string() }) }) },
  },
  'whose schema throws': {
    code: 'SM_PAYLOAD_INVALID',
    options: {
      message: defineMessage('order.placed', {
        schema: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: () => {
              throw new Error('no schema today')
            },
          },
        },
      }),
    },
  },
  'with a coded error of its handler': {
    code: 'SM_CAPABILITY_MISSING',
    handle: () => {
      throw smError('SM_CAPABILITY_MISSING', 'not here')
    },
  },
}

describe('a message that was given up', () => {
  it.each(Object.entries(ends))('%s is given up again for the same reason, without another try', async (_name, end) => {
    let runs = 0
    const { deliver } = receiving(host => [
      testSubscriber(
        host,
        () => {
          runs += 1
          return end.handle?.()
        },
        end.options,
      ),
    ])
    const { attempt = 1 } = end
    const first = await deliver('a', { attempt })
    expect(first).toEqual(rejected(end.code))
    const before = runs
    expect(await deliver('a', { attempt: attempt + 1 })).toEqual(first)
    expect(await deliver('a', { attempt: attempt + 2 })).toEqual(first)
    expect(runs).toBe(before)
  })

  it('is no other message, and none that was handled', async () => {
    const { deliver } = receiving(host => [
      testSubscriber(host, ({ header }) => {
        if (header.id === 'bad') throw Object.assign(new Error('bad'), { retryable: false })
      }),
    ])
    expect(await deliver('bad')).toEqual(rejected('SM_HANDLER_FAILED'))
    expect(await deliver('good')).toEqual({ kind: 'ack' })
    expect(await deliver('good', { attempt: 2 })).toEqual({ kind: 'ack' })
    expect(await deliver('bad', { attempt: 2 })).toEqual(rejected('SM_HANDLER_FAILED'))
  })

  it('by one of two handlers is rejected each time it comes, and the other one handles it once', async () => {
    let handled = 0
    const { deliver } = receiving(host => [
      testSubscriber(host, () => Promise.reject(Object.assign(new Error('bad'), { retryable: false })), { key: 'bad' }),
      testSubscriber(host, () => void handled++, { key: 'good' }),
    ])
    expect(await deliver('a')).toEqual(rejected('SM_HANDLER_FAILED'))
    expect(await deliver('a', { attempt: 2 })).toEqual(rejected('SM_HANDLER_FAILED'))
    expect(handled).toBe(1)
  })
})

describe('a message whose handler ends its process', () => {
  it('is given up before another try once as many have begun as there may be', async () => {
    let runs = 0
    const { deliver } = receiving(host => [testSubscriber(host, () => void runs++)])
    // The first try is not counted on the wire; four redeliveries have begun and this is the next.
    expect(await deliver('a', { attempt: 6, begin: () => 5 })).toEqual(rejected('SM_ATTEMPTS_EXHAUSTED'))
    expect(runs).toBe(0)
  })

  it('is tried as long as tries are left, whatever number of deliveries never began', async () => {
    let attempt: number | undefined
    const { deliver } = receiving(host => [
      testSubscriber(host, job => {
        attempt = job.attempt
      }),
    ])
    expect(await deliver('a', { attempt: 40, begin: () => 0 })).toEqual({ kind: 'ack' })
    expect(attempt).toBe(1)
    expect(await deliver('b', { attempt: 40, begin: async () => 4 })).toEqual({ kind: 'ack' })
    expect(attempt).toBe(5)
  })

  it('counts its first try, too, where it may have but one', async () => {
    let runs = 0
    const once = { retry: { maxAttempts: 1, backoff: { initialMs: 1, maxMs: 1, factor: 1, jitter: 0 } } }
    const { deliver } = receiving(host => [testSubscriber(host, () => void runs++, once)])
    expect(await deliver('a', { begin: () => 1 })).toEqual({ kind: 'ack' })
    expect(await deliver('b', { attempt: 2, begin: () => 2 })).toEqual(rejected('SM_ATTEMPTS_EXHAUSTED'))
    expect(runs).toBe(1)
  })

  it('costs no count on its first delivery', async () => {
    let counted = 0
    const { deliver } = receiving(host => [testSubscriber(host, () => 'done')])
    await deliver('a', { begin: () => ++counted })
    expect(counted).toBe(0)
  })

  it('begins one try for all handlers of one delivery', async () => {
    let counted = 0
    const { deliver } = receiving(host => [
      testSubscriber(host, () => 'done', { key: 'one' }),
      testSubscriber(host, () => 'done', { key: 'two' }),
    ])
    await deliver('a', { attempt: 2, begin: () => ++counted })
    expect(counted).toBe(1)
  })

  it('goes back where the count fails: nobody would know of the try', async () => {
    let runs = 0
    const { deliver, ends } = receiving(host => [testSubscriber(host, () => void runs++)])
    const lost = () => Promise.reject(new Error('no connection'))
    expect(await deliver('a', { attempt: 2, begin: lost })).toMatchObject({ kind: 'nack' })
    expect(runs).toBe(0)
    expect(ends).toEqual(['failed: no connection'])
  })
})
