import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { testJob } from '../../test/test-job.ts'
import { kindOf, testHost, testSubscriber } from '../../test/test-subscriber.ts'
import { createMemoryDeduplication } from '../deduplication/index.ts'
import { smError } from '../errors/index.ts'
import { sleep } from '../kernel/index.ts'
import { defineMessage } from '../message/index.ts'

const _Strict = defineMessage('order.placed', { schema: z.object({ n: z.number() }) })
const _never = new Promise<never>(() => {})

describe('a handler that fails', () => {
  const verdictOf = async (thrown: unknown, attempt = 1) => {
    const host = testHost()
    const subscriber = testSubscriber(host, () => {
      throw thrown
    })
    return { verdict: await subscriber.handle(testJob({}, { n: 1 }, attempt)), ends: host.ends }
  }

  it.each([
    ['an Error', new Error('no stock'), 'no stock'],
    ['a text', 'no stock', 'no stock'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', { stock: 0 }, '[object Object]'],
    ['a symbol', Symbol('stock'), 'Symbol(stock)'],
    ['an object that cannot be shown', Object.create(null), 'a object that cannot be shown'],
  ])('with %s is tried again, and in the end rejected with a coded reason', async (_what, thrown, text) => {
    expect(await verdictOf(thrown)).toEqual({ verdict: { kind: 'nack', delayMs: 100 }, ends: ['SM_HANDLER_FAILED'] })
    const { verdict } = await verdictOf(thrown, 5)
    expect(verdict).toMatchObject({
      kind: 'reject',
      reason: { code: 'SM_HANDLER_FAILED', message: expect.stringContaining(`order.placed threw: ${text}`) },
    })
  })

  it('with an error that says it is not retryable is rejected at once', async () => {
    const thrown = Object.assign(new Error('no such order'), { retryable: false })
    expect((await verdictOf(thrown)).verdict).toMatchObject({ kind: 'reject', reason: { code: 'SM_HANDLER_FAILED' } })
  })

  it('releases its claim, so that the redelivery is handled', async () => {
    const host = testHost()
    let tries = 0
    const subscriber = testSubscriber(host, async () => {
      if (++tries === 1) throw new Error('not yet')
    })
    const again = (attempt: number) => subscriber.handle(testJob({ id: 'a' }, { n: 1 }, attempt))
    expect([await kindOf(again(1)), await kindOf(again(2)), await kindOf(again(3))]).toEqual(['nack', 'ack', 'ack'])
    expect(host.ends).toEqual(['SM_HANDLER_FAILED', 'handled', 'duplicate'])
  })

  it('of an at-most-once message that came by two ways is not tried again by the second', async () => {
    const host = testHost({ deduplicatesAlways: () => true })
    const subscriber = testSubscriber(host, () => Promise.reject(new Error('failed')))
    const copy = () => subscriber.handle(testJob({ id: 'a', delivery: 'at-most-once' }))
    expect([await kindOf(copy()), await kindOf(copy())]).toEqual(['ack', 'ack'])
    expect(host.ends).toEqual(['SM_HANDLER_FAILED', 'duplicate'])
  })
})

describe('a handler that outlives its time', () => {
  it('holds its claim, its slot and its key until it has really ended', async () => {
    const host = testHost()
    const end = Promise.withResolvers<void>()
    const begun: string[] = []
    const subscriber = testSubscriber(
      host,
      ({ header }) => {
        begun.push(header.id)
        return header.id === 'stuck' && begun.length === 1 ? end.promise : 'done'
      },
      { concurrency: 1, timeoutMs: 50 },
    )
    const first = subscriber.handle(testJob({ id: 'stuck', key: 'a' }))
    await host.clock.advance(52)
    expect(await first).toMatchObject({ kind: 'nack' })
    expect(host.ends).toEqual(['SM_HANDLER_TIMEOUT'])

    const rest = [testJob({ id: 'stuck', key: 'b' }), testJob({ id: 'same-key', key: 'a' }), testJob({ id: 'slot' })]
    const verdicts = rest.map(job => subscriber.handle(job))
    await host.clock.advance(1_000)
    expect(begun).toEqual(['stuck'])
    end.resolve()
    expect(await Promise.all(verdicts.map(kindOf))).toEqual(['ack', 'ack', 'ack'])
    expect(begun.toSorted()).toEqual(['same-key', 'slot', 'stuck', 'stuck'])
  })
})

const stopped = smError('SM_AGENT_STOPPED', 'The agent has stopped')

describe('a subscriber that has given up', () => {
  it('hands back at once what waits for its turn, at whatever attempt, without having tried it', async () => {
    const host = testHost()
    const end = Promise.withResolvers<void>()
    const begun: string[] = []
    const subscriber = testSubscriber(
      host,
      ({ header }) => {
        begun.push(header.id)
        return end.promise
      },
      { concurrency: 1 },
    )
    const first = subscriber.handle(testJob({ id: 'runs' }))
    const keyed = subscriber.handle(testJob({ id: 'keyed', key: 'a' }))
    const second = subscriber.handle(testJob({ id: 'waits' }, { n: 1 }, 5))
    const third = subscriber.handle(testJob({ id: 'waits for its key', key: 'a' }, { n: 1 }, 5))
    subscriber.giveUp(stopped)
    const late = subscriber.handle(testJob({ id: 'comes late' }))
    const handedBack = { kind: 'nack', delayMs: 0, begun: false }
    expect(await Promise.all([keyed, second, third])).toEqual([handedBack, handedBack, handedBack])
    for (const id of ['keyed', 'waits', 'waits for its key']) {
      expect(host.deduplication.claim(subscriber.key, id)).toBe('claimed')
    }
    end.resolve()
    expect([await kindOf(first), await late]).toEqual(['ack', handedBack])
    expect(begun).toEqual(['runs'])
  })

  it('leaves to others what fails because of it, even when the error calls itself final', async () => {
    const host = testHost()
    const subscriber = testSubscriber(host, async ({ signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      throw signal.reason
    })
    const job = testJob({ id: 'a' })
    const verdict = subscriber.handle(job)
    subscriber.giveUp(stopped)
    job.abort(stopped)
    expect(await verdict).toEqual({ kind: 'nack', delayMs: 0, begun: false })
    expect(host.deduplication.claim(subscriber.key, 'a')).toBe('claimed')
  })
})

describe('a subscriber', () => {
  it('is idle once everything it began has concluded', async () => {
    const host = testHost()
    const subscriber = testSubscriber(host, () => sleep(host.clock, 10))
    await subscriber.idle()
    void subscriber.handle(testJob())
    let idle = false
    void subscriber.idle().then(() => {
      idle = true
    })
    await host.clock.advance(9)
    expect([idle, subscriber.active]).toEqual([false, 1])
    await host.clock.advance(1)
    expect([idle, subscriber.active]).toEqual([true, 0])
  })

  it('passes on a fault that is none of its handler’s, and is idle after it', async () => {
    const deduplication = {
      ...createMemoryDeduplication({ clock: testHost().clock }),
      claim: () => Promise.reject(new Error('the store is down')),
    }
    const host = testHost({ deduplication })
    const subscriber = testSubscriber(host, () => 'done')
    await expect(subscriber.handle(testJob())).rejects.toThrow('the store is down')
    expect([subscriber.active, host.ends]).toEqual([0, []])
  })
})
