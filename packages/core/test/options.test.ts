import { describe, expect, it } from 'vitest'
import { createAgent } from '../src/agent/index.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { failureOf, OrderPlaced } from './orders.ts'
import { testWorld } from './test-world.ts'

const any = (value: object) => value as never

describe('an option that there is not', () => {
  it('of an agent is refused, with those that there are', async () => {
    expect(await failureOf(() => createAgent('shop', any({ namspace: 'x' })))).toMatchObject({
      code: 'SM_AGENT_OPTIONS',
      message: expect.stringMatching(/"namspace".*namespace/),
    })
  })

  it('of a transport, or a transport that there is not, is refused', async () => {
    const misspelt = () => createAgent('shop', { transports: any({ memory: { maxQueud: 3 } }) })
    expect(await failureOf(misspelt)).toMatchObject({
      code: 'SM_TRANSPORT_CONFIG',
      message: expect.stringMatching(/"maxQueud".*maxQueued/),
    })
    const unknown = () => createAgent('shop', { transports: any({ memori: {} }) })
    expect(await failureOf(unknown)).toMatchObject({ code: 'SM_TRANSPORT_UNKNOWN' })
  })

  it.each([
    ['a subscription', { concurency: 1 }],
    ['its retry', { retry: { attempts: 1 } }],
  ])('of %s is refused', async (_what, options) => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    expect(await failureOf(() => shop.subscribe(OrderPlaced, () => undefined, any(options)))).toMatchObject({
      code: 'SM_SUBSCRIPTION_OPTIONS',
    })
  })

  it('of a publish or a request is refused', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const Ask = defineMessage('ask', { schema: unchecked<number>(), reply: unchecked<number>() })
    const calls = [
      () => shop.publish(OrderPlaced, { n: 1 }, any({ timeout: 5 })),
      () => shop.request(Ask, 1, any({ timeout: 5 })),
    ]
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: 'SM_AGENT_OPTIONS' })
  })

  it('of a definition is refused', async () => {
    const misspelt = () => defineMessage('order.placed', any({ schema: unchecked(), ttl: 5 }))
    expect(await failureOf(misspelt)).toMatchObject({ message: expect.stringContaining('"ttl"') })
  })
})

describe('an option that is there and undefined', () => {
  it('counts as not given, everywhere', async () => {
    const { agent, clock } = testWorld()
    const none = undefined
    const absent = any({ description: none, ttlMs: none, key: none, delivery: none, to: none }) as object
    const Ask = defineMessage('ask', { schema: unchecked<number>(), reply: unchecked<number>(), ...absent })
    const worker = await agent(
      'worker',
      any({ ladder: none, durable: none, prefetch: none, transports: none, logger: none, unhandledTimeoutMs: none }),
    )
    let tries = 0
    const retry = { maxAttempts: none, initialMs: none, maxMs: none, factor: none, jitter: none }
    const given = any({
      retry,
      concurrency: none,
      timeoutMs: none,
      group: none,
      each: none,
      prefetch: none,
      signal: none,
    })
    await worker.subscribe(
      Ask,
      n => {
        tries += 1
        if (tries < 3) throw new Error('not yet')
        return n
      },
      given,
    )
    const calls = any({
      to: none,
      timeoutMs: none,
      key: none,
      ttlMs: none,
      delivery: none,
      signal: none,
      extensions: none,
    })
    await worker.publish(Ask, 1, calls)
    await clock.advance(60_000)
    expect(tries).toBe(3)
    expect(await worker.request(Ask, 2, any({ to: none, timeoutMs: none, signal: none }))).toBe(2)
    await worker.stop(any({ drain: none, timeoutMs: none, signal: none }))
  })
})

describe('durable', () => {
  it.each([true, 'required'] as const)(
    '%s is refused by an agent and by a subscription alike where nothing can keep',
    async durable => {
      const { agent } = testWorld()
      expect(await failureOf(() => agent('keeper', { durable }))).toMatchObject({ code: 'SM_CAPABILITY_MISSING' })
      const shop = await agent('shop')
      const subscribe = () => shop.subscribe(OrderPlaced, () => undefined, { durable })
      expect(await failureOf(subscribe)).toMatchObject({ code: 'SM_CAPABILITY_MISSING' })
    },
  )

  it('preferred takes what there is, in both places', async () => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop', { durable: 'preferred' })
    const got: number[] = []
    await shop.subscribe(OrderPlaced, ({ n }) => void got.push(n), { durable: 'preferred' })
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'shop' })
    await settle()
    expect(got).toEqual([1])
  })

  it('that is none of its values is refused', async () => {
    const { agent } = testWorld()
    expect(await failureOf(() => agent('shop', { durable: any({}) }))).toMatchObject({ code: 'SM_AGENT_OPTIONS' })
  })
})
