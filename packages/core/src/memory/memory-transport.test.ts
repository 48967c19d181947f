import { describe, expect, it } from 'vitest'
import { acks, inbox, listen, memoryWorld, order, topic } from '../../test/memory-world.ts'

describe('the memory transport', () => {
  it('hands over the frame itself: nothing is encoded or copied', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const { deliveries } = listen(transport, {}, acks)
    const frame = order(1)
    transport.publish(frame, topic)
    await settle()
    expect(deliveries[0]?.frame).toBe(frame)
  })

  it('never delivers within the publish itself', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const { deliveries } = listen(transport, {}, acks)
    transport.publish(order(1), topic)
    expect(deliveries).toHaveLength(0)
    await settle()
    expect(deliveries).toHaveLength(1)
  })

  it('gives a copy to each group and tells how many', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const listeners = Array.from({ length: 12 }, (_, i) => listen(transport, { group: `group-${i}` }, acks))
    expect(transport.publish(order(1), topic)).toEqual({ evidence: 'accepted', copies: 12 })
    await settle()
    expect(listeners.every(({ deliveries }) => deliveries.length === 1)).toBe(true)
  })

  it('counts nobody for a topic that nobody wants, and refuses an inbox that nobody has', async () => {
    const { open } = memoryWorld()
    const transport = await open('shop')
    expect(transport.publish(order(1), topic)).toEqual({ evidence: 'none', copies: 0 })
    expect(() => transport.publish(order(1), inbox('billing'))).toThrow(
      expect.objectContaining({ code: 'SM_ROUTE_NONE', message: expect.stringContaining('billing') }),
    )
  })

  it('tells the inbox of an agent from that of one instance', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('billing')
    const shared = listen(transport, { target: inbox('billing') }, acks)
    const own = listen(transport, { target: inbox('billing', 'A1') }, acks)
    transport.publish(order(1), inbox('billing'))
    transport.publish(order(2), inbox('billing', 'A1'))
    expect(() => transport.publish(order(3), inbox('billing', 'B2'))).toThrow('billing/B2')
    await settle()
    expect([shared.numbers(), own.numbers()]).toEqual([[1], [2]])
  })

  it('matches patterns, and gives each pattern of one group its own copy', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const star = listen(transport, { target: { kind: 'pattern', pattern: 'order.*' } }, acks)
    const hash = listen(transport, { target: { kind: 'pattern', pattern: 'order.#' } }, acks)
    const other = listen(transport, { target: { kind: 'pattern', pattern: 'invoice.*' } }, acks)
    transport.publish(order(1), { kind: 'topic', topic: 'order.placed' })
    transport.publish(order(2), { kind: 'topic', topic: 'order.item.added' })
    transport.publish(order(3), { kind: 'topic', topic: 'order' })
    await settle()
    expect([star.numbers(), hash.numbers(), other.numbers()]).toEqual([[1], [1, 2, 3], []])
  })

  it('lets nothing cross from one namespace into another', async () => {
    const here = memoryWorld()
    const there = memoryWorld()
    const shop = await here.open('shop')
    const { deliveries } = listen(await there.open('shop'), {}, acks)
    expect(shop.publish(order(1), topic)).toMatchObject({ copies: 0 })
    await there.settle()
    expect(deliveries).toHaveLength(0)
  })

  it('tells of routes as they come and go, and by what evidence they are known', async () => {
    const { open } = memoryWorld()
    const shop = await open('shop')
    const billing = await open('billing')
    const told: string[] = []
    shop.on('routes', ({ reason }) => told.push(reason))
    expect(shop.routes(inbox('billing'))).toEqual([])
    const { subscription } = listen(billing, { target: inbox('billing') })
    expect(shop.routes(inbox('billing'))).toEqual([{ via: 'billing', evidence: 'subscribed' }])
    listen(billing)
    expect(shop.routes(topic)).toEqual([{ via: 'group billing', evidence: 'subscribed' }])
    await subscription.close()
    expect(shop.routes(inbox('billing'))).toEqual([])
    expect(told.length).toBeGreaterThanOrEqual(3)
  })

  it('tells of peers as they come and go, those included that were there before', async () => {
    const { open } = memoryWorld()
    const shop = await open('shop')
    const told: string[] = []
    shop.on('peer', ({ change, peer }) => told.push(`${peer.agent} ${change}`))
    const billing = await open('billing')
    await billing.stop()
    expect(told).toEqual(['billing joined', 'billing left'])
  })

  it('refuses a durable subscription, which it could not keep', async () => {
    const { open } = memoryWorld()
    const transport = await open('shop')
    expect(() => listen(transport, { durable: true })).toThrow(
      expect.objectContaining({ code: 'SM_CAPABILITY_MISSING', message: expect.stringContaining('"memory"') }),
    )
  })

  it.each([{ maxQueued: 0 }, { maxQueued: Number.NaN }, { graceMs: -1 }])('refuses the options %j', async options => {
    const { open } = memoryWorld()
    await expect(open('shop', options)).rejects.toMatchObject({ code: 'SM_TRANSPORT_CONFIG' })
  })

  it('refuses to publish or subscribe after its stop, and delivers nothing any more', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const other = await open('desk')
    const { deliveries } = listen(transport, {}, acks)
    await transport.stop()
    other.publish(order(1), topic)
    await settle()
    expect(deliveries).toHaveLength(0)
    expect(() => transport.publish(order(1), topic)).toThrow(expect.objectContaining({ code: 'SM_TRANSPORT_STATE' }))
    expect(() => listen(transport)).toThrow(expect.objectContaining({ code: 'SM_TRANSPORT_STATE' }))
    expect(transport.health().state).toBe('stopped')
  })
})

describe('a frame that is nacked', () => {
  it('comes back one attempt on, not before its delay, behind what came meanwhile', async () => {
    const { open, settle, clock } = memoryWorld()
    const transport = await open('shop')
    const { deliveries, numbers } = listen(transport)
    transport.publish(order(1), topic)
    await settle()
    deliveries[0]?.nack({ delayMs: 100 })
    transport.publish(order(2), topic)
    await clock.advance(99)
    expect(numbers()).toEqual([1, 2])
    await clock.advance(1)
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1, 2])
  })

  it('does not come back when it was sent at most once', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const { deliveries } = listen(transport, {}, delivery => delivery.nack())
    transport.publish(order(1, { delivery: 'at-most-once' }), topic)
    await settle()
    expect(deliveries).toHaveLength(1)
  })

  it('again and again keeps no other frame from its handler', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const done: unknown[] = []
    let poisoned = 0
    listen(transport, { prefetch: 1 }, delivery => {
      const { n } = delivery.frame.body.value() as { n: number }
      if (n === 0 && ++poisoned < 50) return delivery.nack()
      delivery.ack()
      done.push(n)
    })
    for (let n = 0; n < 5; n++) transport.publish(order(n), topic)
    await settle()
    expect(done).toEqual([1, 2, 3, 4, 0])
  })
})
