import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { failureOf, OrderPlaced, upTo } from './orders.ts'
import { counts, instance, refusal, shopWithWires, watch } from './several-wires.ts'

describe('via any', () => {
  const options = { via: 'any', to: instance } as const

  it('goes by every wire, and is done with the first that takes it', async () => {
    const { shop, wires, names, settle } = await shopWithWires(3, { takes: false })
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, options))
    await settle()
    expect([counts(wires), seen]).toEqual([[1, 1, 1], {}])
    wires[1].pending[0]?.take()
    await settle()
    expect(seen.receipt).toMatchObject({ evidence: 'persisted', copies: undefined, transports: [names[1]] })
    expect(seen.receipt?.route).toEqual([
      { transport: names[0] },
      { transport: names[1], evidence: 'persisted', roundTripMs: 0 },
      { transport: names[2] },
    ])
    wires[0].pending[0]?.take()
    await settle()
    expect(seen.receipt?.route[0]).toEqual({ transport: names[0] })
  })

  it('is harmed by no failure but that of all, and each is counted, whenever it comes', async () => {
    const { shop, wires, names, settle } = await shopWithWires(3, { takes: false })
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, options))
    wires[0].pending[0]?.refuse(refusal())
    await settle()
    wires[1].pending[0]?.take()
    await settle()
    expect(seen.receipt?.route[0]).toMatchObject({ transport: names[0], failure: { message: expect.any(String) } })
    expect((await shop.health()).counters).toMatchObject({ published: 1, copiesFailed: 1 })
    wires[2].pending[0]?.refuse(new Error('late'))
    await settle()
    expect((await shop.health()).counters).toMatchObject({ published: 1, publishFailed: 0, copiesFailed: 2 })
  })

  it('fails when all wires have, with what each said', async () => {
    const { shop, wires, names } = await shopWithWires(2, { takes: false })
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))
    wires[1].pending[0]?.refuse(new Error('gone'))
    wires[0].pending[0]?.refuse(refusal())
    expect(await failure).toMatchObject({
      message: expect.stringContaining('failed there'),
      details: {
        outcome: 'unknown',
        route: [
          { transport: names[0], failure: { code: 'SM_PUBLISH_FAILED', outcome: 'failed' } },
          { transport: names[1], failure: { code: 'SM_PUBLISH_FAILED', outcome: 'unknown', message: 'gone' } },
        ],
      },
    })
    expect((await shop.health()).counters).toMatchObject({ publishFailed: 1, copiesFailed: 0 })
  })

  it('goes on elsewhere for the time that it has, and leaves nothing behind', async () => {
    const { shop, wires, clock, settle } = await shopWithWires(2)
    wires[1].takes = false
    await shop.publish(OrderPlaced, { n: 1 }, { ...options, timeoutMs: 2_000 })
    await clock.advance(1_900)
    expect(wires[1].pending).toHaveLength(1)
    await clock.advance(200)
    await settle()
    expect([wires[1].pending, (await shop.health()).counters.copiesFailed]).toEqual([[], 1])
    await shop.stop()
    expect(clock.pending).toBe(0)
  })

  it('goes on elsewhere no more often than an agent may have publishes waiting', async () => {
    const { shop, wires, settle } = await shopWithWires(2, { maxPublishes: 3 })
    wires[1].takes = false
    for (const n of upTo(8)) await shop.publish(OrderPlaced, { n }, options)
    await settle()
    expect(wires[1].pending).toHaveLength(3)
    expect((await shop.health()).counters).toMatchObject({ published: 8, copiesFailed: 5 })
    for (const publish of [...wires[1].pending]) publish.take()
    await settle()
    await shop.publish(OrderPlaced, { n: 8 }, options)
    expect(wires[1].pending).toHaveLength(1)
  })

  it('forgets the signal of its caller once nothing goes on', async () => {
    const { shop, wires, settle } = await shopWithWires(2)
    wires[1].takes = false
    const { signal } = new AbortController()
    await shop.publish(OrderPlaced, { n: 1 }, { ...options, signal })
    await settle()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    wires[1].pending[0]?.take()
    await settle()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('leaves a wire after several failures in a row, though its publishes do not fail', async () => {
    const { shop, wires, names, settle } = await shopWithWires(2, { failover: { failures: 2 } })
    wires[0].takes = false
    for (const n of upTo(2)) {
      await shop.publish(OrderPlaced, { n }, options)
      wires[0].pending[0]?.refuse(refusal())
      await settle()
    }
    expect((await shop.health()).breakers).toEqual({ [names[0]]: { [instance]: 'open' } })
  })

  it('ends everywhere with the signal of its caller', async () => {
    const { shop, wires, settle } = await shopWithWires(2, { takes: false })
    const giveUp = new AbortController()
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { ...options, signal: giveUp.signal }))
    giveUp.abort(new Error('enough'))
    expect((await failure).message).toBe('enough')
    await settle()
    expect(wires.map(({ pending }) => pending.length)).toEqual([0, 0])
  })

  it('does not wait for a wire that is away', async () => {
    const { shop, wires, names, settle } = await shopWithWires(2)
    wires[1].knowsWay = false
    wires[1].lifecycle.become('degraded')
    expect(await shop.publish(OrderPlaced, { n: 1 }, options)).toMatchObject({ transports: [names[0]] })
    expect(await shop.publish(OrderPlaced, { n: 2 }, { via: 'any' })).toMatchObject({ transports: [names[0]] })
    wires[0].knowsWay = false
    wires[0].lifecycle.become('degraded')
    const refused = shop.publish(OrderPlaced, { n: 3 }, { ...options, delivery: 'at-most-once' })
    expect(await failureOf(() => refused)).toMatchObject({ code: 'SM_WIRE_AWAY' })
    const kept = watch(shop.publish(OrderPlaced, { n: 4 }, options))
    await settle()
    expect(kept).toEqual({})
    wires[1].knowsWay = true
    wires[1].lifecycle.become('ready')
    await settle()
    expect(kept.receipt).toMatchObject({ transports: [names[1]] })
  })

  it('of a broadcast takes no wire on which nobody was there for one that took it', async () => {
    const { shop, wires, names, settle } = await shopWithWires(2, { takes: false })
    wires[0].evidence = 'none'
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, { via: 'any' }))
    wires[0].pending[0]?.take()
    await settle()
    expect(seen).toEqual({})
    wires[1].pending[0]?.take()
    await settle()
    expect(seen.receipt).toMatchObject({ evidence: 'persisted', transports: names })
  })

  it('of a broadcast that nobody was there for says so', async () => {
    const { shop, wires } = await shopWithWires(2)
    for (const wire of wires) wire.evidence = 'none'
    expect(await shop.publish(OrderPlaced, { n: 1 }, { via: 'any' })).toMatchObject({ evidence: 'none' })
  })
})
