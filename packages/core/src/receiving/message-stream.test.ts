import { describe, expect, it } from 'vitest'
import { OrderPlaced, upTo } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { memoryDeadLetters } from '../memory/index.ts'

async function setUp() {
  const world = testWorld()
  const [shop, billing] = [await world.agent('shop'), await world.agent('billing')]
  const publish = async (count: number) => {
    for (const n of upTo(count)) await shop.publish(OrderPlaced, { n })
  }
  const counters = async () => (await billing.health()).counters
  return { ...world, shop, billing, publish, counters }
}

describe('a loop over a subscription', () => {
  it('gets each message with its context, one at a time', async () => {
    const { shop, billing, publish, settle } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(3)
    const seen: unknown[] = []
    for await (const { payload, context } of stream) {
      seen.push([payload.n, context.from.agent, context.attempt])
      if (seen.length === 3) break
    }
    await settle()
    expect(seen).toEqual(upTo(3).map(n => [n, 'shop', 1]))
    expect(shop.id).toBe('shop')
  })

  it('is done with a message when it asks for the next', async () => {
    const { billing, publish, settle, counters } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(2)
    await stream.next()
    await settle()
    expect(await counters()).toMatchObject({ delivered: 1, acked: 0 })
    await stream.next()
    await settle()
    expect(await counters()).toMatchObject({ delivered: 2, acked: 1, handled: 1 })
  })

  it('is done with a message when it says so', async () => {
    const { billing, publish, settle, counters } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(1)
    const { value } = await stream.next()
    value?.ack()
    value?.ack()
    await settle()
    expect(await counters()).toMatchObject({ acked: 1, handled: 1 })
  })

  it('holds no more messages than it works on, and slows the publisher', async () => {
    const { billing, publish, settle, counters } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(5)
    await stream.next()
    await settle()
    expect((await counters()).delivered).toBe(1)
  })

  it('that is left hands back the current message, which another loop gets', async () => {
    const { billing, publish, settle } = await setUp()
    const seen: unknown[] = []
    const first = billing.subscribe(OrderPlaced)
    await publish(2)
    for await (const { payload } of first) {
      seen.push(payload.n)
      break
    }
    for await (const { payload, context } of billing.subscribe(OrderPlaced)) {
      seen.push([payload.n, context.attempt])
      if (seen.length === 3) break
    }
    await settle()
    expect(seen[0]).toBe(0)
    expect(seen.slice(1).toSorted()).toEqual([
      [0, 2],
      [1, 1],
    ])
  })

  it('that is left by an error hands back the current message too, and the error is the caller’s', async () => {
    const { billing, publish, settle, counters } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(1)
    const loop = async () => {
      for await (const _message of stream) throw new Error('in the loop')
    }
    await expect(loop()).rejects.toThrow('in the loop')
    const { value } = await billing.subscribe(OrderPlaced).next()
    await settle()
    expect(value?.context.attempt).toBe(2)
    expect(await counters()).toMatchObject({ handled: 0 })
  })

  it('that is left keeps nothing back of a message that was acked', async () => {
    const { billing, publish, settle, shop } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(1)
    for await (const { ack } of stream) {
      ack()
      await settle()
      break
    }
    const again = billing.subscribe(OrderPlaced)
    await shop.publish(OrderPlaced, { n: 9 })
    expect((await again.next()).value?.payload).toEqual({ n: 9 })
  })

  it('that is left ends its subscription', async () => {
    const { billing, shop } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await stream.return()
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ copies: 0 })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it('ends when its subscription is closed', async () => {
    const { billing, settle } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    const next = stream.next()
    await stream.subscription.close()
    await settle()
    expect(await next).toEqual({ value: undefined, done: true })
  })

  it('ends when its signal aborts', async () => {
    const { billing } = await setUp()
    const controller = new AbortController()
    const next = billing.stream(OrderPlaced, { signal: controller.signal }).next()
    controller.abort()
    expect(await next).toEqual({ value: undefined, done: true })
    const late = billing.stream(OrderPlaced, { signal: AbortSignal.abort() })
    expect(await late.next()).toEqual({ value: undefined, done: true })
  })

  it('gets what is addressed to the agent, and whatever fits a pattern', async () => {
    const { billing, shop } = await setUp()
    const stream = billing.stream('order.*')
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    const { value } = await stream.next()
    expect([value?.payload, value?.context.header.to]).toEqual([{ n: 1 }, 'billing'])
  })
})

describe('a stop of the agent', () => {
  it('ends a loop that waits', async () => {
    const { billing } = await setUp()
    const seen: unknown[] = []
    const loop = (async () => {
      for await (const { payload } of billing.subscribe(OrderPlaced)) seen.push(payload)
      return 'ended'
    })()
    expect(await billing.stop()).toEqual({ completed: 0, handedBack: 0, abandoned: 0, unsent: 0 })
    expect(await loop).toBe('ended')
  })

  it('lets a loop finish what it works on and what was accepted for it alone', async () => {
    const { billing, publish, settle, namespace } = await setUp()
    const gate = Promise.withResolvers<void>()
    const seen: number[] = []
    const loop = (async () => {
      for await (const { payload } of billing.subscribe(OrderPlaced)) {
        await gate.promise
        seen.push(payload.n)
      }
    })()
    await settle()
    await publish(4)
    await settle()
    const stop = billing.stop()
    await settle()
    gate.resolve()
    expect(await stop).toEqual({ completed: 4, handedBack: 0, abandoned: 0, unsent: 0 })
    await loop
    expect([seen, memoryDeadLetters(namespace)]).toEqual([upTo(4), []])
  })

  it('hands back what a loop has not finished in time, and never makes a dead letter of it', async () => {
    const { agent, billing, publish, settle, clock, namespace } = await setUp()
    const stream = billing.subscribe(OrderPlaced)
    await publish(3)
    const { value } = await stream.next()
    const stop = billing.stop({ timeoutMs: 100 })
    await clock.advance(100)
    expect(await stop).toEqual({ completed: 0, handedBack: 0, abandoned: 1, unsent: 0 })
    expect(value?.context.signal.aborted).toBe(true)
    expect(await stream.next()).toEqual({ value: undefined, done: true })

    const successor = await agent('billing')
    const seen: number[] = []
    successor.subscribe(OrderPlaced, ({ n }) => void seen.push(n))
    await settle()
    // The first was done after all: its loop has asked for the next.
    expect([seen.toSorted(), memoryDeadLetters(namespace)]).toEqual([[1, 2], []])
  })
})
