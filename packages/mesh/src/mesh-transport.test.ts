import { describe, expect, it } from 'vitest'
import { createConsumer, createWorld, makeFrame, settle, topic, topicSpec } from '../test/world.ts'

const inbox = (agent: string) => ({ kind: 'inbox', agent, instance: undefined }) as const

describe('two mesh transports', () => {
  it('find each other whoever starts first, over one link that the later instance dialled', async () => {
    const world = createWorld()
    const first = await world.open('first')
    const second = await world.open('second')
    await world.clock.advance(1_000)
    expect([first, second].map(one => one.health())).toMatchObject([
      { details: { links: 1 } },
      { details: { links: 1 } },
    ])
    expect(world.net.calls).toHaveLength(1)
    expect(world.net.wires).toHaveLength(1)
    expect(world.faults).toEqual([])
  })

  it('tell who joined and who left', async () => {
    const world = createWorld()
    const first = await world.open('first')
    const events: string[] = []
    first.on('peer', ({ change, peer }) => events.push(`${peer.agent} ${change}`))
    const second = await world.open('second')
    await second.stop()
    await settle()
    expect(events).toEqual(['second joined', 'second left'])
  })

  it('tell of a peer when what it wants is known, and no sooner', async () => {
    const world = createWorld()
    const first = await world.open('first')
    await first.subscribe(topicSpec('first'), () => {}).ready
    const second = world.create('second')
    const known: number[] = []
    second.on('peer', () => known.push(second.routes(topic).length))
    const started = second.start()
    await settle()
    await world.clock.advance(200)
    await started
    expect(known).toEqual([1])
  })

  it('carry a frame to each group once, and accept it once every group has it', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const billing = await world.open('billing')
    const [here, there, audit] = [createConsumer(), createConsumer(), createConsumer()]
    await shop.subscribe(topicSpec('shop'), here.take).ready
    billing.subscribe(topicSpec('billing'), there.take)
    await billing.subscribe(topicSpec('audit'), audit.take).ready
    await settle()
    const receipt = await shop.publish(makeFrame('a', 1), topic)
    expect(receipt).toEqual({ evidence: 'accepted', copies: 3 })
    await settle()
    expect([here.ids, there.ids, audit.ids]).toEqual([['a'], ['a'], ['a']])
  })

  it('say that an inbox is nobody’s, and that a topic has no audience', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    expect(() => shop.publish(makeFrame('a', 1), inbox('billing'))).toThrow(
      expect.objectContaining({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } }),
    )
    expect(await shop.publish(makeFrame('a', 1), topic)).toEqual({ evidence: 'none', copies: 0 })
  })

  it('share the load between a consumer here and one at a peer', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const other = await world.open('other')
    const [here, there] = [createConsumer(), createConsumer()]
    await shop.subscribe(topicSpec('pool'), here.take).ready
    await other.subscribe(topicSpec('pool'), there.take).ready
    await settle()
    for (let i = 0; i < 100; i++) await Promise.all([shop.publish(makeFrame(`m${i}`, i), topic), settle(1)])
    await settle()
    expect(here.ids.length).toBeGreaterThan(20)
    expect(there.ids.length).toBeGreaterThan(20)
    expect(new Set([...here.ids, ...there.ids]).size).toBe(100)
  })

  it('carry frames of every size both ways at once, each once and in order', async () => {
    const world = createWorld()
    const [left, right] = [await world.open('left'), await world.open('right')]
    const [atLeft, atRight] = [createConsumer(), createConsumer()]
    left.subscribe({ ...topicSpec('left'), target: inbox('left') }, atLeft.take)
    right.subscribe({ ...topicSpec('right'), target: inbox('right') }, atRight.take)
    await settle()
    world.net.faults.pieceBytes = 10_007
    const sent = Array.from({ length: 400 }, (_, i) => `m${i}`)
    const publish = (id: string, i: number) => {
      const payload = 'x'.repeat(i % 20 === 0 ? 300_000 : i % 7 === 0 ? 60_000 : i)
      return [
        left.publish(makeFrame(id, payload), inbox('right')),
        right.publish(makeFrame(id, payload), inbox('left')),
      ]
    }
    await Promise.all(sent.flatMap(publish))
    await settle()
    expect(atLeft.ids).toEqual(sent)
    expect(atRight.ids).toEqual(sent)
    expect(atRight.deliveries.map(({ frame }) => (frame.body.value() as string).length)[20]).toBe(300_000)
    expect(world.faults).toEqual([])
  })

  it('take no more than they have room for, and lose nothing', async () => {
    const world = createWorld()
    const shop = await world.open('shop')
    const slow = await world.open('slow', { windowBytes: 4_096 })
    const consumer = createConsumer(() => undefined)
    await slow.subscribe({ ...topicSpec('slow', 4), target: inbox('slow') }, consumer.take).ready
    await settle()
    const published = Array.from({ length: 200 }, (_, i) =>
      shop.publish(makeFrame(`m${i}`, 'x'.repeat(100)), inbox('slow')),
    )
    await settle()
    expect(consumer.deliveries).toHaveLength(4)
    expect(slow.health().details.queued as number).toBeLessThan(30)
    expect(shop.health().details.waiting as number).toBeGreaterThan(150)
    for (let i = 0; i < 200; i++) {
      consumer.deliveries[i]?.ack()
      await settle(3)
    }
    await Promise.all(published)
    expect(consumer.ids).toEqual(Array.from({ length: 200 }, (_, i) => `m${i}`))
  })

  it('keep namespaces apart, and tell both sides why', async () => {
    const world = createWorld()
    const ours = world.create('ours', {}, 'one')
    const theirs = world.create('theirs', {}, 'two')
    const started = [ours.start(), theirs.start()]
    await world.clock.advance(1_100)
    await Promise.all(started)
    expect(ours.health().details.links).toBe(0)
    expect(world.faults.slice(0, 2)).toEqual(['SM_MESH_PROTOCOL', 'SM_MESH_PROTOCOL'])
  })
})
