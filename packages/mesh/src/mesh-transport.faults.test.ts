import { type Delivery, smError } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { createConsumer, createWorld, makeFrame, settle, topic, topicSpec } from '../test/world.ts'

const inbox = (agent: string) => ({ kind: 'inbox', agent, instance: undefined }) as const
const quick = { heartbeatMs: 100, deadAfterMs: 500, reconnect: { initialMs: 10, maxMs: 100 } }

describe('a link that is cut', () => {
  it('takes what was not settled to another member, under the same id', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const [one, two] = [await world.open('pool', quick), await world.open('pool', quick)]
    const consumers = [createConsumer(() => undefined), createConsumer(() => undefined)] as const
    one.subscribe(topicSpec('pool'), consumers[0].take)
    two.subscribe(topicSpec('pool'), consumers[1].take)
    await settle()
    await Promise.all(Array.from({ length: 8 }, (_, i) => shop.publish(makeFrame(`m${i}`, i), topic)))
    await settle()
    expect(consumers.map(({ ids }) => ids.length)).toEqual([4, 4])
    const dead = world.net.wires[0]
    dead?.cut()
    await settle()
    const all = [...consumers[0].ids, ...consumers[1].ids]
    expect(all).toHaveLength(12)
    expect(new Set(all).size).toBe(8)
    const again = [...consumers[0].deliveries, ...consumers[1].deliveries].filter(({ attempt }) => attempt === 2)
    expect(again).toHaveLength(4)
  })

  it('by a connection that knows why is a fault of that code', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    await world.open('billing', quick)
    world.net.wires[0]?.close(smError('SM_CAPABILITY_MISSING', 'A reason of the wire'))
    await settle()
    expect(world.faults).toContain('SM_CAPABILITY_MISSING')
    expect(world.faults).toContain('SM_MESH_LINK_LOST')
    await world.clock.advance(500)
    expect(shop.health().details.links).toBe(1)
  })

  it('gives what was not settled to the same member once it is back', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const billing = await world.open('billing', quick)
    const seen: Delivery[] = []
    const consumer = createConsumer(delivery => void seen.push(delivery))
    billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, consumer.take)
    await settle()
    await shop.publish(makeFrame('a', 1), inbox('billing'))
    world.net.cut()
    await settle()
    expect(shop.state).toBe('degraded')
    await world.clock.advance(500)
    await settle()
    expect(shop.state).toBe('ready')
    expect(consumer.deliveries.map(({ attempt, frame }) => [attempt, frame.header.id])).toEqual([
      [1, 'a'],
      [2, 'a'],
    ])
    seen[1]?.ack()
    seen[0]?.ack()
    await settle()
    expect(consumer.ids).toHaveLength(2)
  })

  it('loses nothing that was accepted, however often it happens under load', async () => {
    const world = createWorld(7)
    const shop = await world.open('shop', quick)
    const pool = [await world.open('pool', quick), await world.open('pool', quick)]
    const handled = new Set<string>()
    for (const member of pool) {
      member.subscribe(topicSpec('pool', 4), delivery => {
        setImmediate(() => {
          handled.add(delivery.frame.header.id)
          delivery.ack()
        })
      })
    }
    await settle()
    const accepted = new Set<string>()
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 20; i++) {
        const id = `r${round}m${i}`
        const payload = i === 3 ? 'x'.repeat(200_000) : i
        Promise.resolve(shop.publish(makeFrame(id, payload), topic)).then(
          ({ evidence }) => evidence === 'accepted' && accepted.add(id),
          () => undefined,
        )
      }
      await settle(round % 7)
      world.net.cut()
      await world.clock.advance(150)
    }
    await world.clock.advance(2_000)
    await settle(200)
    expect(accepted.size).toBeGreaterThan(200)
    expect([...accepted].filter(id => !handled.has(id))).toEqual([])
    expect(shop.health().details).toMatchObject({ waiting: 0, abandoned: 0, links: 2 })
  })

  it('does not hold up what follows when it ended within a large frame', async () => {
    const world = createWorld()
    const billing = await world.open('billing', quick)
    const [big, small] = [await world.open('big', quick), await world.open('small', quick)]
    const consumer = createConsumer()
    billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, consumer.take)
    await settle()
    const [wire] = world.net.wires
    const lost = big.publish(makeFrame('large', 'x'.repeat(2_000_000)), inbox('billing'))
    await settle(4)
    wire?.cut()
    await settle()
    await small.publish(makeFrame('small', 1), inbox('billing'))
    await settle()
    expect(consumer.ids).toEqual(['small'])
    await world.clock.advance(500)
    await settle(200)
    await lost
    expect(consumer.ids).toEqual(['small', 'large'])
  })

  it('leaves a publish unknown when the last consumer does not come back in time', async () => {
    const world = createWorld()
    const shop = await world.open('shop', { ...quick, graceMs: 1_000 })
    const billing = await world.open('billing', quick)
    billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, createConsumer(() => undefined).take)
    await settle()
    world.net.stall()
    const outcome = Promise.resolve(shop.publish(makeFrame('a', 1), inbox('billing'))).catch((error: unknown) => error)
    world.net.down = true
    world.net.cut()
    await world.clock.advance(1_100)
    expect(await outcome).toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'unknown' } })
  })
})

describe('a link that only looks open', () => {
  it('is noticed within its time, and taken up again', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const billing = await world.open('billing', quick)
    const consumer = createConsumer()
    billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, consumer.take)
    await settle()
    world.net.stall()
    const receipt = shop.publish(makeFrame('a', 1), inbox('billing'))
    await world.clock.advance(650)
    expect(world.faults).toContain('SM_MESH_SILENT')
    expect(shop.health().details.links).toBe(0)
    world.net.flow()
    await world.clock.advance(1_000)
    await settle()
    await receipt
    expect(consumer.ids).toEqual(['a'])
    expect([shop.state, billing.state]).toEqual(['ready', 'ready'])
  })

  it('is kept while both sides are idle but alive', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    await world.open('billing', quick)
    await world.clock.advance(5_000)
    expect(shop.health().details.links).toBe(1)
    expect(world.net.calls).toHaveLength(1)
    expect(world.faults).toEqual([])
  })
})

describe('a stop', () => {
  it('with a drain waits for what was delivered', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const billing = await world.open('billing')
    const consumer = createConsumer(() => undefined)
    billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, consumer.take)
    await settle()
    await shop.publish(makeFrame('a', 1), inbox('billing'))
    let stopped = false
    const stopping = billing.stop({ drain: true }).then(() => {
      stopped = true
    })
    await settle()
    expect(stopped).toBe(false)
    consumer.deliveries[0]?.ack()
    await stopping
    await settle()
    expect(shop.health().details).toMatchObject({ links: 0, waiting: 0, abandoned: 0 })
  })

  it('without a drain does not wait for a drain that is under way', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const billing = await world.open('billing')
    const consumer = createConsumer(() => undefined)
    const subscription = billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, consumer.take)
    await settle()
    await shop.publish(makeFrame('a', 1), inbox('billing'))
    const closing = subscription.close({ drain: true })
    await settle()
    await billing.stop()
    await closing
    await settle()
    expect(shop.health().details.waiting).toBe(1)
  })

  it('without a drain hands back at once, and a successor gets it', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const first = await world.open('billing')
    first.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, createConsumer(() => undefined).take)
    await settle()
    await shop.publish(makeFrame('a', 1), inbox('billing'))
    await first.stop()
    await settle()
    const consumer = createConsumer()
    const second = await world.open('billing')
    second.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, consumer.take)
    await settle()
    expect(consumer.ids).toEqual(['a'])
  })

  it('of the sender ends its publishes as unknown, at once', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const billing = await world.open('billing')
    billing.subscribe({ ...topicSpec('billing'), target: inbox('billing') }, createConsumer().take)
    await settle()
    world.net.stall()
    const outcome = Promise.resolve(shop.publish(makeFrame('a', 1), inbox('billing'))).catch((error: unknown) => error)
    await shop.stop()
    expect(await outcome).toMatchObject({ code: 'SM_MESH_UNCONFIRMED', details: { outcome: 'unknown' } })
  })

  it('does not wait for a peer that does not read', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    await world.open('billing')
    const [wire] = world.net.wires
    world.net.stall()
    await shop.stop()
    expect(wire?.other.destroyed).toBe(false)
    await world.clock.advance(5_000)
    expect(wire?.other.destroyed).toBe(true)
  })
})
