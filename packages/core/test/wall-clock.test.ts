import { describe, expect, it } from 'vitest'
import { isSmError } from '../src/errors/index.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { failureOf } from './orders.ts'
import { testWorld } from './test-world.ts'

const Ask = defineMessage('ask', { schema: unchecked<number>(), reply: unchecked<number>() })
const News = defineMessage('news', { schema: unchecked<number>() })

describe('a wall clock that is set', () => {
  it.each([-3_600_000, -2_500, 2_500, 3_600_000])('by %d ms ends no request early, and none late', async ms => {
    const { agent, clock } = testWorld()
    const [boss, worker] = [await agent('boss'), await agent('worker')]
    const answer = Promise.withResolvers<number>()
    await worker.subscribe(Ask, n => (n === 1 ? answer.promise : new Promise(() => undefined)))
    const answered = boss.request(Ask, 1, { to: 'worker', timeoutMs: 1_000 })
    const silent = failureOf(() => boss.request(Ask, 2, { to: 'worker', timeoutMs: 1_000 }))
    let ended = false
    void silent.then(() => {
      ended = true
    })
    await clock.advance(500)
    clock.setWall(ms)
    await clock.advance(499)
    expect(ended).toBe(false)
    answer.resolve(7)
    await clock.advance(0)
    expect(await answered).toBe(7)
    // Deadlines are looked at now and then.
    await clock.advance(100)
    expect(await silent).toMatchObject({ code: 'SM_REQUEST_TIMEOUT' })
  })

  it.each([-60_000, 60_000])('by %d ms changes nothing of the life of a message', async ms => {
    const { agent, clock } = testWorld()
    const [sender, reader] = [await agent('sender'), await agent('reader')]
    const got: number[] = []
    const gate = Promise.withResolvers<void>()
    await reader.subscribe(
      News,
      async n => {
        if (n === 0) await gate.promise
        got.push(n)
      },
      { concurrency: 1, prefetch: 8 },
    )
    await sender.publish(News, 0)
    await sender.publish(News, 1, { ttlMs: 1_000 })
    await sender.publish(News, 2, { ttlMs: 5_000 })
    clock.setWall(ms)
    await clock.advance(2_000)
    gate.resolve()
    await clock.advance(0)
    expect(got).toEqual([0, 2])
    expect((await reader.health()).counters.expired).toBe(1)
  })

  it('does not hold up a try that is due', async () => {
    const { agent, clock } = testWorld()
    const [sender, reader] = [await agent('sender'), await agent('reader')]
    let tries = 0
    await reader.subscribe(
      News,
      () => {
        tries += 1
        throw new Error('not yet')
      },
      { retry: { maxAttempts: 2, initialMs: 1_000, jitter: 0 } },
    )
    await sender.publish(News, 1)
    await clock.advance(10)
    clock.setWall(-3_600_000)
    await clock.advance(1_000)
    expect(tries).toBe(2)
  })
})

describe('a time to live that ends', () => {
  it('while the handler runs is told as what it is', async () => {
    const { agent, clock } = testWorld()
    const [boss, worker] = [await agent('boss'), await agent('worker')]
    let reason: unknown
    await worker.subscribe(News, (_n, { signal }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason
      })
      return new Promise(() => undefined)
    })
    await boss.publish(News, 1, { ttlMs: 500 })
    await clock.advance(600)
    expect(isSmError(reason) && reason.code).toBe('SM_MESSAGE_EXPIRED')
  })
})
