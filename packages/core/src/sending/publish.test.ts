import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failureOf, OrderPlaced, take } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { defineMessage, unchecked } from '../message/index.ts'

describe('a broadcast', () => {
  it('reaches every agent that subscribes to its type, also the one that sent it', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing, desk] = [await agent('shop'), await agent('billing'), await agent('desk')]
    const taken = [shop, billing].map(one => take(one))
    desk.subscribePattern('invoice.#', () => expect.unreachable())
    const receipt = await desk.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(taken.map(({ numbers }) => numbers)).toEqual([[1], [1]])
    expect(receipt).toEqual({ id: expect.any(String), evidence: 'accepted', copies: 2, transports: ['memory'] })
  })

  it('that nobody wants is no error, and its receipt says so', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ evidence: 'none', copies: 0 })
  })
})

describe('a direct message', () => {
  it('reaches the agent that it is for and no other, not even one that subscribes to its type', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing, desk] = [await agent('shop'), await agent('billing'), await agent('desk')]
    const [meant, other] = [take(billing), take(desk)]
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await settle()
    expect([meant.numbers, other.numbers]).toEqual([[1], []])
    expect(meant.contexts[0]?.header.to).toBe('billing')
  })

  it('reaches one instance of several, or the one that is named', async () => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop')
    const [first, second] = [await agent('billing'), await agent('billing')]
    const [one, two] = [take(first), take(second)]
    for (let n = 0; n < 10; n++) await shop.publish(OrderPlaced, { n }, { to: 'billing' })
    await settle()
    expect([one.numbers.length, two.numbers.length]).toEqual([5, 5])
    await shop.publish(OrderPlaced, { n: 99 }, { to: `billing/${second.instance}` })
    await settle()
    expect([one.numbers.includes(99), two.numbers.includes(99)]).toEqual([false, true])
  })

  it('to somebody unknown is refused, and the error tells how to find out why', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'nobody' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
      message: expect.stringMatching(/order\.placed cannot go to nobody: memory knows no way to it.*explain\(\)/),
      details: { outcome: 'failed' },
    })
  })

  it('to an agent without a handler for it is given up as a dead letter, not lost in silence', async () => {
    const { agent, clock, namespace } = testWorld()
    const [shop, desk] = [await agent('shop'), await agent('desk')]
    take(desk, { only: 'broadcast' })
    desk.subscribePattern('invoice.paid', () => expect.unreachable())
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'desk' })
    const { memoryDeadLetters } = await import('../memory/index.ts')
    await clock.advance(59_000)
    expect(memoryDeadLetters(namespace)).toEqual([])
    await clock.advance(2_000)
    expect(memoryDeadLetters(namespace)).toMatchObject([{ reason: { code: 'SM_HANDLER_NONE' } }])
  })
})

describe('the payload of a message', () => {
  it('is what it was at the publish, whatever the sender does to its own object', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const Order = defineMessage('order.placed', { schema: unchecked<{ items: string[] }>() })
    const taken: unknown[] = []
    billing.subscribe(Order, order => void taken.push(order))
    const order = { items: ['tea'] }
    await shop.publish(Order, order)
    order.items.push('salt')
    await settle()
    expect(taken).toEqual([{ items: ['tea'] }])
  })

  it('is what the schema makes of it, for each subscriber by its own', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const Sent = defineMessage('order.placed', { schema: z.object({ n: z.number(), note: z.string().default('-') }) })
    const Read = defineMessage('order.placed', { schema: z.object({ n: z.number().transform(n => n * 2) }) })
    const taken: unknown[] = []
    billing.subscribe(Sent, order => void taken.push(order))
    billing.subscribe(Read, order => void taken.push(order))
    await shop.publish(Sent, { n: 21 })
    await settle()
    expect(taken).toEqual([{ n: 21, note: '-' }, { n: 42 }])
  })

  it('may be bytes, which arrive as they were', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const { bytes } = await import('../index.ts')
    const Photo = defineMessage('photo.taken', { schema: bytes() })
    const taken: Uint8Array[] = []
    billing.subscribe(Photo, photo => void taken.push(photo))
    const own = new Uint8Array([1, 2, 3])
    await shop.publish(Photo, own)
    own[0] = 9
    await settle()
    expect(taken).toEqual([new Uint8Array([1, 2, 3])])
  })

  it.each<[string, unknown, string]>([
    ['a date', { at: new Date(0) }, 'payload.at'],
    ['NaN', { list: [1, Number.NaN] }, 'payload.list[1]'],
    ['a bigint', { n: 1n }, 'payload.n'],
    ['an instance', { who: new Map() }, 'payload.who'],
  ])('that holds %s is refused with its path, over memory too', async (_what, payload, path) => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const Any = defineMessage('order.placed', { schema: unchecked() })
    expect(await failureOf(() => shop.publish(Any, payload))).toMatchObject({
      code: 'SM_PAYLOAD_NOT_PORTABLE',
      message: expect.stringContaining(path),
    })
  })
})

describe('a type that one agent alone may publish', () => {
  const OrderAccepted = defineMessage('order.accepted', { schema: unchecked(), from: 'shop' })

  it('is refused to others, and taken from others by no one', async () => {
    const { agent, settle } = testWorld()
    const [shop, desk] = [await agent('shop'), await agent('desk')]
    const from: string[] = []
    desk.subscribe(OrderAccepted, (_order, context) => void from.push(context.from.agent))
    expect(await failureOf(() => desk.publish(OrderAccepted, {}))).toMatchObject({
      code: 'SM_HEADER_INVALID',
      message: expect.stringContaining('by shop only, not by desk'),
    })
    const Forged = defineMessage('order.accepted', { schema: unchecked() })
    await desk.publish(Forged, {})
    await shop.publish(OrderAccepted, {})
    await settle()
    expect(from).toEqual(['shop'])
  })
})

describe('a publish that waits for room', () => {
  it('ends after its time, and nobody gets it', async () => {
    const { agent, clock } = testWorld()
    const options = { transports: { memory: { maxQueued: 1 } } }
    const [shop, billing] = [await agent('shop', options), await agent('billing', options)]
    const held = Promise.withResolvers<void>()
    const begun: number[] = []
    billing.subscribe(
      OrderPlaced,
      ({ n }) => {
        begun.push(n)
        return held.promise
      },
      { concurrency: 1, prefetch: 1 },
    )
    await shop.publish(OrderPlaced, { n: 0 })
    await clock.advance(0)
    await shop.publish(OrderPlaced, { n: 1 })
    const late = failureOf(() => shop.publish(OrderPlaced, { n: 2 }, { timeoutMs: 500 }))
    const controller = new AbortController()
    const given = failureOf(() => shop.publish(OrderPlaced, { n: 3 }, { signal: controller.signal }))
    controller.abort()
    expect(await given).toMatchObject({ name: 'AbortError' })
    await clock.advance(520)
    expect(await late).toMatchObject({
      code: 'SM_PUBLISH_TIMEOUT',
      message: expect.stringContaining('500 ms'),
      details: { outcome: 'failed' },
    })
    held.resolve()
    await clock.advance(0)
    expect(begun).toEqual([0, 1])
  })

  it('with a signal that is aborted already is not begun', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const { numbers } = take(billing)
    const error = await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { signal: AbortSignal.abort() }))
    await settle()
    expect([error, numbers]).toMatchObject([{ name: 'AbortError' }, []])
  })
})
