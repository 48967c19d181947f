import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GetQuote, OrderPlaced, take, upTo } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { smError } from '../errors/index.ts'
import { memoryDeadLetters } from '../memory/index.ts'
import { defineMessage } from '../message/index.ts'
import type { SubscribeOptions } from '../settings/index.ts'

/** A world in which every order fails until its handler says otherwise. */
async function failing(handle: (attempt: number) => unknown, options?: SubscribeOptions) {
  const world = testWorld()
  const [shop, billing] = [await world.agent('shop'), await world.agent('billing')]
  const tries: Array<{ readonly attempt: number; readonly atMs: number }> = []
  const began = world.clock.now()
  billing.subscribe(
    OrderPlaced,
    (_order, { attempt }) => {
      tries.push({ attempt, atMs: world.clock.now() - began })
      return handle(attempt)
    },
    options,
  )
  const dead = () => memoryDeadLetters(world.namespace).map(({ reason }) => reason)
  return { ...world, shop, billing, tries, dead }
}

const fail = () => {
  throw new Error('no stock')
}

describe('a message whose handler fails', () => {
  it('is tried again after longer and longer waits, and in the end kept as a dead letter with the reason', async () => {
    const { shop, clock, tries, dead, billing } = await failing(fail)
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(60_000)
    expect(tries.at(-1)?.atMs, 'an outage of half a minute kills nothing').toBeGreaterThan(30_000)
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5])
    const waits = tries.slice(1).map(({ atMs }, i) => atMs - (tries[i]?.atMs as number))
    for (const [i, ms] of waits.entries()) {
      const longest = Math.min(30_000, 250 * 6 ** i)
      expect(ms).toBeLessThanOrEqual(longest)
      expect(ms).toBeGreaterThanOrEqual(longest * 0.8)
    }
    expect(dead()).toEqual([{ code: 'SM_HANDLER_FAILED', message: expect.stringContaining('no stock') }])
    expect((await billing.health()).counters).toMatchObject({ failed: 5, nacked: 4, rejected: 1, handled: 0 })
  })

  it('is tried as often and as late as the subscription says', async () => {
    const retry = { maxAttempts: 3, initialMs: 1_000, factor: 1, jitter: 0 }
    const { shop, clock, tries, dead } = await failing(fail, { retry })
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(10_000)
    expect(tries.map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000])
    expect(dead()).toHaveLength(1)
  })

  it('is handled once it works, and not again', async () => {
    const { shop, clock, tries, dead } = await failing(attempt => (attempt < 3 ? fail() : 'done'))
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(60_000)
    expect([tries.length, dead()]).toEqual([3, []])
  })

  it('for good is given up at once', async () => {
    const { shop, clock, tries, dead } = await failing(() => {
      throw smError('SM_PAYLOAD_INVALID', 'No such order')
    })
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(60_000)
    expect([tries.length, dead().map(({ code }) => code)]).toEqual([1, ['SM_PAYLOAD_INVALID']])
  })

  it('is not tried again when it was sent at most once', async () => {
    const { shop, clock, tries, dead } = await failing(fail)
    await shop.publish(OrderPlaced, { n: 1 }, { delivery: 'at-most-once' })
    await clock.advance(60_000)
    expect([tries.length, dead()]).toEqual([1, []])
  })

  it('is not tried again once it has expired', async () => {
    const { shop, clock, tries, billing } = await failing(fail)
    await shop.publish(OrderPlaced, { n: 1 }, { ttlMs: 120 })
    await clock.advance(60_000)
    expect(tries.length).toBeLessThan(4)
    expect((await billing.health()).counters.expired).toBe(1)
  })

  it('keeps no other message from its handler', async () => {
    const { agent, clock } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const handled: number[] = []
    billing.subscribe(OrderPlaced, ({ n }) => {
      if (n % 10 === 0) throw new Error('poison')
      handled.push(n)
    })
    for (const n of upTo(30)) await shop.publish(OrderPlaced, { n })
    await clock.advance(0)
    expect(handled).toHaveLength(27)
  })

  it('because it has no handler yet is handled once it has one', async () => {
    const { agent, clock } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    take(billing, { only: 'broadcast' })
    billing.subscribePattern('invoice.paid', () => {})
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await clock.advance(50)
    const { numbers } = take(billing, { only: 'direct' })
    await clock.advance(5_000)
    expect(numbers).toEqual([1])
  })

  it('because it does not fit its schema is given up at once, with each field named', async () => {
    const { agent, settle, namespace } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const Strict = defineMessage('order.placed', { schema: z.object({ n: z.number(), customer: z.string() }) })
    billing.subscribe(Strict, () => expect.unreachable())
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(memoryDeadLetters(namespace)).toMatchObject([
      { reason: { code: 'SM_PAYLOAD_INVALID', message: expect.stringContaining('customer:') } },
    ])
  })
})

describe('a handler that does not end', () => {
  it('is told to stop, is tried again once it has ended, and is given up in the end', async () => {
    const { agent, clock, namespace } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    let running = 0
    let most = 0
    let tries = 0
    const handler = (_order: unknown, { signal }: { signal: AbortSignal }) => {
      tries += 1
      most = Math.max(most, ++running)
      return new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          running -= 1
          reject(signal.reason)
        })
      })
    }
    billing.subscribe(OrderPlaced, handler, { timeoutMs: 100, retry: { maxAttempts: 3 } })
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(10_000)
    expect([tries, most, running]).toEqual([3, 1, 0])
    expect(memoryDeadLetters(namespace)).toMatchObject([{ reason: { code: 'SM_HANDLER_TIMEOUT' } }])
  })
})

describe('messages with one key', () => {
  it('are handled in order by one instance, whatever each takes; a slow one holds up only its own', async () => {
    const { agent, clock } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const ended: string[] = []
    const Keyed = defineMessage('step.done', {
      schema: z.object({ key: z.string(), n: z.number(), ms: z.number() }),
      key: ({ key }) => key,
    })
    billing.subscribe(Keyed, async ({ key, n, ms }) => {
      await new Promise<void>(resolve => clock.schedule(resolve, ms))
      ended.push(`${key}${n}`)
    })
    for (const [key, n, ms] of [
      ['a', 1, 50],
      ['b', 1, 5],
      ['a', 2, 1],
      ['b', 2, 1],
      ['a', 3, 1],
    ] as const) {
      await shop.publish(Keyed, { key, n, ms })
    }
    await clock.advance(100)
    expect(ended).toEqual(['b1', 'b2', 'a1', 'a2', 'a3'])
  })
})

describe('an instance that goes away', () => {
  it('in the middle of its work leaves it to another, which handles it once', async () => {
    const { agent, settle, clock } = testWorld()
    const [shop, first, second] = [await agent('shop'), await agent('billing'), await agent('billing')]
    first.subscribe(
      OrderPlaced,
      (_order, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    const { numbers, contexts } = take(second)
    await first.stop({ drain: false })
    await clock.advance(1_000)
    expect([numbers, contexts[0]?.attempt]).toEqual([[1], 2])
  })

  it('in the middle of a request answers that it has stopped', async () => {
    const { agent, settle } = testWorld()
    const [shop, pricing] = [await agent('shop'), await agent('pricing')]
    pricing.subscribe(
      GetQuote,
      (_quote, { signal }) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const reply = shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }).catch(error => error)
    await settle()
    await pricing.stop({ drain: false })
    await settle()
    expect(await Promise.race([reply, 'none yet'])).toMatchObject({ code: 'SM_AGENT_STOPPED', retryable: true })
  })
})
