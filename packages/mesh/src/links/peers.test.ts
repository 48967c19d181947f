import { describe, expect, it } from 'vitest'
import { createConsumer, createWorld, makeFrame, settle } from '../../test/world.ts'

const quick = { handshakeMs: 1_000, reconnect: { initialMs: 100, maxMs: 800, jitter: 0 } }

/** A peer that has started, and another that calls it while the network is down. */
async function callInVain() {
  const world = createWorld()
  const first = await world.open('first', quick)
  world.net.down = true
  void world.create('second', quick).start()
  await settle()
  return { world, first }
}

describe('who dials', () => {
  it('is the later instance, and the earlier one only when it does not', async () => {
    const world = createWorld()
    const first = world.create('first')
    const second = world.create('second')
    const instances = [first, second]
    await second.start()
    void first.start()
    await settle()
    // The later one was there before, and dials when it notices the other.
    expect(world.net.calls).toHaveLength(1)
    await world.clock.advance(300)
    expect(world.net.calls).toHaveLength(1)
    expect(instances.map(one => one.health().details.links)).toEqual([1, 1])
  })

  it('is ready as soon as it is linked, also over wires that deliver as they open', async () => {
    const world = createWorld()
    await world.open('first')
    world.net.faults.soon = callback => callback()
    const second = world.create('second', { settleMs: 10_000 })
    let isReady = false
    void second.start().then(() => {
      isReady = true
    })
    await settle()
    expect(second.health().details.links).toBe(1)
    expect(isReady).toBe(true)
  })

  it('does not wait at its start for one that is frozen, beyond its time', async () => {
    const world = createWorld()
    await world.open('first')
    // Calls are taken, and nothing is said.
    world.net.stall()
    const second = world.create('second', { settleMs: 700, handshakeMs: 60_000 })
    let isReady = false
    void second.start().then(() => {
      isReady = true
    })
    await world.clock.advance(690)
    expect(isReady).toBe(false)
    await world.clock.advance(20)
    expect(isReady).toBe(true)
    expect(second.health().details.links).toBe(0)
  })

  it('nor for one that is frozen in the middle of it', async () => {
    const world = createWorld()
    await world.open('first')
    world.net.delay(100)
    const second = world.create('second', { settleMs: 700, handshakeMs: 60_000 })
    let isReady = false
    void second.start().then(() => {
      isReady = true
    })
    await world.clock.advance(250)
    expect(second.health().details.links).toBe(1)
    // They are linked, and what one asks is answered no more.
    world.net.stall()
    await world.clock.advance(440)
    expect(isReady).toBe(false)
    await world.clock.advance(20)
    expect(isReady).toBe(true)
  })

  it('gives up a call that nobody answers, and calls again', async () => {
    const world = createWorld()
    await world.open('first', quick)
    world.net.silent = true
    void world.create('second', quick).start()
    await world.clock.advance(900)
    const again = () => world.net.calls.filter(call => call === world.net.calls[0]).length
    expect(again()).toBe(1)
    await world.clock.advance(1_500)
    expect(again()).toBeGreaterThan(1)
  })

  it('tries again, each time later, and clears away after the third time what nobody answers for', async () => {
    const { world, first } = await callInVain()
    world.net.kill('nobody')
    await world.clock.advance(50)
    const at = (ms: number) => world.clock.advance(ms).then(() => world.net.calls.length)
    const before = world.net.calls.filter(call => call.endsWith('→ x')).length
    expect(before).toBe(0)
    expect(await at(10_000)).toBeGreaterThan(10)
    expect(world.net.calls.length).toBeLessThan(40)
    expect(world.net.forgotten).toHaveLength(2)
    world.net.down = false
    await at(1_000)
    expect(first.health().details.links).toBe(1)
  })

  it('takes it for no fault when who did not answer has left by the next try', async () => {
    const { world, first } = await callInVain()
    expect(world.net.calls).toHaveLength(1)
    await first.stop()
    await world.clock.advance(10_000)
    expect(world.net.calls).toHaveLength(1)
    expect(world.faults).toEqual([])
  })

  it('does not try again where the two cannot fit, until discovery tells of the peer anew', async () => {
    const world = createWorld()
    const first = await world.open('first', quick)
    world.net.final = true
    const second = await world.open('second', quick)
    await world.clock.advance(10_000)
    expect(world.net.calls).toHaveLength(2)
    expect([first, second].map(({ state }) => state)).toEqual(['ready', 'ready'])
    world.net.final = false
    world.net.announce()
    await settle()
    expect(first.health().details.links).toBe(1)
  })

  it('tries again after a handshake that nobody answered', async () => {
    const world = createWorld()
    const first = await world.open('first', quick)
    world.net.stall()
    const second = world.create('second', quick)
    const started = second.start()
    await settle()
    await world.clock.advance(1_001)
    await started
    expect(world.faults).toContain('SM_MESH_HANDSHAKE')
    world.net.flow()
    await world.clock.advance(1_000)
    await settle()
    expect([first, second].map(one => one.health().details.links)).toEqual([1, 1])
  })

  it('is told that there are enough links, and gets one when there is room', async () => {
    const world = createWorld()
    const hub = await world.open('hub', { ...quick, maxLinks: 2 })
    const spokes = [await world.open('a', { ...quick, maxLinks: 1 }), await world.open('b', { ...quick, maxLinks: 1 })]
    const third = await world.open('c', { ...quick, maxLinks: 1 })
    expect(hub.health().details.links).toBe(2)
    expect(world.faults).toContain('SM_MESH_LIMIT')
    await spokes[0]?.stop()
    await world.clock.advance(3_000)
    await settle()
    expect(hub.health().details.links).toBe(2)
    expect((await third.health()).details.links).toBe(1)
  })
})

describe('two links to one peer', () => {
  it('become one, without a frame lost, repeated or out of order', async () => {
    const world = createWorld()
    // Slow enough for the earlier instance to grow impatient and dial too.
    world.net.delay(120)
    const [first, second] = [world.create('first'), world.create('second')]
    const starts = [first.start(), second.start()]
    await world.clock.advance(150)
    await settle()
    const consumer = createConsumer(() => undefined)
    const target = { kind: 'inbox', agent: 'first', instance: undefined } as const
    await world.clock.advance(120)
    await Promise.race([Promise.all(starts), world.clock.advance(2_000)])
    first.subscribe({ target, group: 'first', prefetch: 1_000, durable: false }, consumer.take)
    const ids: string[] = []
    for (let i = 0; i < 20; i++) {
      await world.clock.advance(40)
      if (second.routes(target).length === 0) continue
      ids.push(`m${i}`)
      void second.publish(makeFrame(`m${i}`, i), target)
    }
    await world.clock.advance(1_000)
    for (const delivery of consumer.deliveries) delivery.ack()
    await world.clock.advance(2_000)
    expect(world.net.calls.length).toBe(2)
    expect(consumer.ids).toEqual(ids)
    expect(ids.length).toBeGreaterThan(10)
    expect([first, second].map(one => one.health().details.links)).toEqual([1, 1])
    expect(world.net.wires).toHaveLength(1)
  })
})

describe('a wire with a middle', () => {
  it('leaves even one who knows nobody degraded while it is gone', async () => {
    const world = createWorld()
    const lonely = await world.open('lonely', quick)
    world.net.sever(true)
    expect(lonely.state).toBe('degraded')
    world.net.sever(false)
    expect(lonely.state).toBe('ready')
  })
})
