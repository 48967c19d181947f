import { describe, expect, it } from 'vitest'
import { createConsumer, createWorld, makeFrame, settle, topic, topicSpec } from '../test/world.ts'

const quick = { heartbeatMs: 100, deadAfterMs: 500, reconnect: { initialMs: 10, maxMs: 100 } }

describe('a link that breaks', () => {
  it('holds broadcasts back until the peer is there again, and they reach it', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const billing = await world.open('billing', quick)
    const [here, there] = [createConsumer(), createConsumer()]
    shop.subscribe(topicSpec('shop'), here.take)
    billing.subscribe(topicSpec('billing'), there.take)
    await settle()
    for (let round = 0; round < 20; round++) {
      world.net.cut()
      await settle(round % 5)
      const receipts = Promise.all(
        Array.from({ length: 5 }, (_, i) => shop.publish(makeFrame(`r${round}m${i}`, i), topic)),
      )
      await world.clock.advance(150)
      for (const receipt of await receipts) expect(receipt).toEqual({ evidence: 'accepted', copies: 2 })
    }
    await settle()
    expect(there.ids).toEqual(here.ids)
    expect(here.ids).toHaveLength(100)
    expect(shop.health().details).toMatchObject({ waiting: 0, groups: 2, links: 1 })
  })

  it('does not hold back what the peer does not want any more once it is there again', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const billing = await world.open('billing', quick)
    const subscription = billing.subscribe(topicSpec('billing'), createConsumer().take)
    await settle()
    world.net.cut()
    await settle()
    const receipt = shop.publish(makeFrame('a', 1), topic)
    await subscription.close()
    await world.clock.advance(100)
    expect(await receipt).toEqual({ evidence: 'none', copies: 0 })
    expect(shop.health().details).toMatchObject({ waiting: 0, groups: 0, links: 1 })
  })

  it('holds them back until a call finds nobody, where the process is gone', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const billing = await world.open('billing', quick)
    const here = createConsumer()
    shop.subscribe(topicSpec('shop'), here.take)
    billing.subscribe(topicSpec('billing'), createConsumer().take)
    await settle()
    world.net.down = true
    world.net.cut()
    await settle()
    const receipt = shop.publish(makeFrame('a', 1), topic)
    expect(shop.routes(topic).map(({ evidence }) => evidence)).toEqual(['subscribed', 'heard'])
    await world.clock.advance(50)
    expect(await receipt).toEqual({ evidence: 'accepted', copies: 1 })
    expect(shop.routes(topic).map(({ evidence }) => evidence)).toEqual(['subscribed'])
    expect(shop.health().details).toMatchObject({ waiting: 0, groups: 1 })
  })

  it('says that nothing new goes to who is gone, also while an earlier frame waits for a successor', async () => {
    const world = createWorld()
    const shop = await world.open('shop', quick)
    const billing = await world.open('billing', quick)
    billing.subscribe(topicSpec('billing'), createConsumer(() => undefined).take)
    await settle()
    await shop.publish(makeFrame('a', 1), topic)
    world.net.down = true
    world.net.cut()
    await settle()
    const routes: number[] = []
    shop.on('routes', () => routes.push(shop.routes(topic).length))
    await world.clock.advance(50)
    expect(shop.health().details).toMatchObject({ waiting: 1, groups: 1 })
    expect(routes).toEqual([0])
  })

  it('holds them back no longer than a call may take, where nobody answers', async () => {
    const world = createWorld()
    const shop = await world.open('shop', { ...quick, handshakeMs: 2_000 })
    const billing = await world.open('billing', quick)
    billing.subscribe(topicSpec('billing'), createConsumer().take)
    await settle()
    world.net.silent = true
    world.net.cut()
    await settle()
    let receipt: unknown
    void Promise.resolve(shop.publish(makeFrame('a', 1), topic)).then(value => {
      receipt = value
    })
    await world.clock.advance(1_900)
    expect(receipt).toBeUndefined()
    await world.clock.advance(200)
    expect(receipt).toEqual({ evidence: 'none', copies: 0 })
    expect(shop.health().details).toMatchObject({ waiting: 0, groups: 0 })
  })
})
