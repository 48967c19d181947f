import { describe, expect, it } from 'vitest'
import { memoryDeadLetters } from '../src/memory/index.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from './orders.ts'
import { testWorld } from './test-world.ts'

/** A shop, and an agent whose handler waits until it is let go. */
async function setUp(concurrency = 1) {
  const world = testWorld()
  const [shop, billing] = [await world.agent('shop'), await world.agent('billing')]
  const gate = Promise.withResolvers<void>()
  const begun: number[] = []
  const signals: AbortSignal[] = []
  billing.subscribe(
    OrderPlaced,
    ({ n }, { signal }) => {
      begun.push(n)
      signals.push(signal)
      return gate.promise
    },
    { concurrency },
  )
  const publish = async (count: number) => {
    for (const n of upTo(count)) await shop.publish(OrderPlaced, { n })
    await world.settle()
  }
  const dead = () => memoryDeadLetters(world.namespace)
  return { ...world, shop, billing, gate, begun, signals, publish, dead }
}

/** The event loop comes round once. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

const watch = (promise: Promise<unknown>) => {
  let ended = false
  void promise.then(() => {
    ended = true
  })
  return () => ended
}

describe('a stop with a drain', () => {
  it('finishes what runs and what waits, then resolves with what it completed', async () => {
    const { billing, publish, settle, gate, begun } = await setUp()
    await publish(3)
    const stop = billing.stop()
    const stopped = watch(stop)
    await settle()
    expect([stopped(), begun]).toEqual([false, [0]])
    gate.resolve()
    expect(await stop).toEqual({ completed: 3, handedBack: 0, abandoned: 0, unsent: 0 })
    expect(begun).toEqual([0, 1, 2])
  })

  it('refuses what comes: broadcasts find nobody, direct messages no way', async () => {
    const { billing, shop, publish, gate } = await setUp()
    await publish(1)
    const stop = billing.stop()
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ evidence: 'none' })
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    gate.resolve()
    await stop
  })

  it('leaves what comes to the other instances', async () => {
    const { agent, billing, shop, publish, settle, gate } = await setUp()
    const { numbers } = take(await agent('billing'))
    await publish(1)
    const stop = billing.stop()
    for (const n of [10, 11, 12]) await shop.publish(OrderPlaced, { n })
    await settle()
    gate.resolve()
    await stop
    expect(numbers.filter(n => n >= 10)).toEqual([10, 11, 12])
  })

  it('lets handlers publish and request to the end', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing, pricing] = [await agent('shop'), await agent('billing'), await agent('pricing')]
    const Invoiced = defineMessage('order.invoiced', { schema: unchecked<{ price: number }>() })
    const invoices: unknown[] = []
    shop.subscribe(Invoiced, invoice => void invoices.push(invoice))
    pricing.subscribe(GetQuote, async () => {
      await turn()
      return { price: 7 }
    })
    billing.subscribe(OrderPlaced, async (_order, context) => {
      await turn()
      const quote = await context.request(GetQuote, { sku: 'x' }, { to: 'pricing' })
      await context.publish(Invoiced, quote)
    })
    await shop.publish(OrderPlaced, { n: 1 })
    await turn()
    expect(await billing.stop()).toEqual({ completed: 1, handedBack: 0, abandoned: 0, unsent: 0 })
    await settle()
    expect(invoices).toEqual([{ price: 7 }])
  })

  it('still tells a handler when its requester gives up', async () => {
    const { agent, settle } = testWorld()
    const [shop, pricing] = [await agent('shop'), await agent('pricing')]
    pricing.subscribe(
      GetQuote,
      (_quote, { signal }) =>
        new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const controller = new AbortController()
    const failure = failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing', signal: controller.signal }))
    await settle()
    const stopped = watch(pricing.stop())
    await settle()
    expect(stopped()).toBe(false)
    controller.abort()
    await failure
    await settle()
    expect(stopped()).toBe(true)
  })

  it('tries again what fails meanwhile, and makes no dead letter of what is well', async () => {
    const { agent, clock, namespace } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    let tries = 0
    billing.subscribe(OrderPlaced, async () => {
      await turn()
      if (++tries === 1) throw new Error('not yet')
    })
    await shop.publish(OrderPlaced, { n: 1 })
    const stop = billing.stop()
    await clock.advance(1_000)
    expect(await stop).toMatchObject({ completed: 1, abandoned: 0 })
    expect([tries, memoryDeadLetters(namespace)]).toEqual([2, []])
  })

  it('gives up after its time: what runs is told to stop, what waits goes back', async () => {
    const { billing, agent, publish, clock, signals, begun, gate, dead, settle } = await setUp()
    await publish(4)
    const stop = billing.stop({ timeoutMs: 250 })
    await clock.advance(249)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await clock.advance(1)
    expect(await stop).toEqual({ completed: 0, handedBack: 3, abandoned: 1, unsent: 0 })
    expect(signals[0]?.reason).toMatchObject({ code: 'SM_AGENT_STOPPED' })

    const { numbers } = take(await agent('billing'))
    await settle()
    expect(numbers.toSorted()).toEqual([1, 2, 3])
    gate.resolve()
    await settle()
    // The one that was abandoned has ended well after all: nobody handles it a second time.
    expect([begun, numbers.toSorted(), dead()]).toEqual([[0], [1, 2, 3], []])
  })

  it('is ended by its signal, also by one that is aborted already', async () => {
    const { billing, publish } = await setUp()
    await publish(2)
    const controller = new AbortController()
    const stop = billing.stop({ signal: controller.signal })
    controller.abort()
    expect(await stop).toEqual({ completed: 0, handedBack: 1, abandoned: 1, unsent: 0 })
    const second = await setUp()
    await second.publish(2)
    expect(await second.billing.stop({ signal: AbortSignal.abort() })).toMatchObject({ handedBack: 1, abandoned: 1 })
  })

  it('is not held up by a subscription whose close is stuck', async () => {
    const { shop, billing, clock, settle } = await setUp()
    const subscription = billing.subscribePattern('invoice.paid', () => new Promise<never>(() => {}))
    await shop.publish(defineMessage('invoice.paid', { schema: unchecked<object>() }), {})
    await settle()
    void subscription.close()
    const stopped = watch(billing.stop({ timeoutMs: 100 }))
    await clock.advance(100)
    expect(stopped()).toBe(true)
  })
})

describe('a stop without a drain', () => {
  it('hands back at once what it has not begun, for another instance', async () => {
    const { billing, agent, publish, settle, begun } = await setUp()
    await publish(5)
    expect(await billing.stop({ drain: false })).toEqual({ completed: 0, handedBack: 4, abandoned: 1, unsent: 0 })
    const { numbers } = take(await agent('billing'))
    await settle()
    expect([begun, numbers.toSorted()]).toEqual([[0], [1, 2, 3, 4]])
  })

  it('loses nothing of a handler that fails because of it: another instance handles the message', async () => {
    const { agent, clock, namespace } = testWorld()
    const [shop, first] = [await agent('shop'), await agent('billing')]
    const Next = defineMessage('order.next', { schema: unchecked<object>() })
    const gate = Promise.withResolvers<void>()
    const failures: unknown[] = []
    first.subscribe(OrderPlaced, async ({ n }, context) => {
      await gate.promise
      // One looks at its signal, the other learns of the stop when it publishes: both errors call themselves final.
      try {
        if (n === 0) context.signal.throwIfAborted()
        else await context.publish(Next, {})
      } catch (error) {
        failures.push(error)
        throw error
      }
    })
    for (const n of [0, 1]) await shop.publish(OrderPlaced, { n })
    await clock.advance(0)
    expect(await first.stop({ drain: false })).toEqual({ completed: 0, handedBack: 0, abandoned: 2, unsent: 0 })
    const { numbers } = take(await agent('billing'))
    gate.resolve()
    await clock.advance(60_000)
    expect(failures).toMatchObject([{ code: 'SM_AGENT_STOPPED' }, { code: 'SM_AGENT_STOPPED' }])
    expect([numbers.toSorted(), memoryDeadLetters(namespace)]).toEqual([[0, 1], []])
  })
})

describe('a stop', () => {
  it('happens once: every call gets the same report', async () => {
    const { billing, publish, gate } = await setUp()
    await publish(2)
    const stops = [billing.stop(), billing.stop({ drain: false })]
    gate.resolve()
    const [first, second] = await Promise.all(stops)
    expect(first).toBe(second)
    expect(await billing.stop()).toBe(first)
  })
})
