import { describe, expect, it } from 'vitest'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from './orders.ts'
import { counts, instance, refusal, shopWithWires, watch } from './several-wires.ts'
import { sideWorld } from './side-world.ts'

describe('via all', () => {
  const options = { via: 'all', to: instance } as const

  it('is done when every wire has taken it, and says what each did', async () => {
    const { shop, wires, names, clock, settle } = await shopWithWires(2, { takes: false })
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, options))
    wires[0].pending[0]?.take()
    await clock.advance(40)
    expect(seen).toEqual({})
    wires[1].pending[0]?.take()
    await settle()
    expect(seen.receipt).toMatchObject({ evidence: 'persisted', transports: names })
    expect(seen.receipt?.route).toEqual([
      { transport: names[0], evidence: 'persisted', roundTripMs: 0 },
      { transport: names[1], evidence: 'persisted', roundTripMs: 40 },
    ])
  })

  it('does not count a wire on which it only waits, and says at the end of its time who has it', async () => {
    const { shop, wires, names, clock, settle } = await shopWithWires(2)
    wires[1].takes = false
    wires[1].lifecycle.become('degraded')
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, { ...options, timeoutMs: 5_000 }))
    await clock.advance(4_900)
    expect(seen).toEqual({})
    await clock.advance(200)
    await settle()
    expect(seen.error).toMatchObject({
      code: 'SM_PUBLISH_TIMEOUT',
      message: expect.stringContaining(`(${names[0]} took the message)`),
      details: {
        outcome: 'unknown',
        taken: [names[0]],
        route: [
          { transport: names[0], evidence: 'persisted' },
          { transport: names[1], failure: { code: 'SM_PUBLISH_TIMEOUT', outcome: 'failed' } },
        ],
      },
    })
  })

  it('is done once the wire on which it waited is back', async () => {
    const { shop, wires, names, settle } = await shopWithWires(2)
    wires[1].takes = false
    wires[1].lifecycle.become('degraded')
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, options))
    wires[1].lifecycle.become('ready')
    wires[1].pending[0]?.take()
    await settle()
    expect(seen.receipt).toMatchObject({ transports: names })
  })

  it('has failed, and is unknown, only where someone may have it', async () => {
    for (const [outcome, expected] of [
      ['failed', 'failed'],
      ['unknown', 'unknown'],
    ] as const) {
      const { shop, wires } = await shopWithWires(2, { takes: false })
      const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))
      wires[0].pending[0]?.refuse(refusal('failed'))
      wires[1].pending[0]?.refuse(refusal(outcome))
      expect(await failure).toMatchObject({ details: { outcome: expected, route: [{}, { failure: { outcome } }] } })
    }
  })

  it('waits for a wire that is left, and opens it again', async () => {
    const { shop, wires, names, clock } = await shopWithWires(2)
    wires[0].takes = false
    const stuck = shop.publish(OrderPlaced, { n: 0 }, { to: instance })
    await clock.advance(1_000)
    expect(await stuck).toMatchObject({ transports: [names[1]] })
    wires[0].takes = true
    expect(await shop.publish(OrderPlaced, { n: 1 }, options)).toMatchObject({ transports: [names[1], names[0]] })
    expect((await shop.health()).breakers).toEqual({})
  })

  it('is refused at once while a wire is away, since nobody knows whether it would reach the agent', async () => {
    const { shop, wires, names } = await shopWithWires(2)
    wires[1].knowsWay = false
    wires[1].lifecycle.become('degraded')
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))).toMatchObject({
      code: 'SM_WIRE_AWAY',
      details: { outcome: 'failed', transports: [names[1]] },
    })
    expect(counts(wires)).toEqual([0, 0])
  })

  it('is handled once, at either delivery level', async () => {
    const { agent, settle, both } = sideWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { numbers } = take(billing)
    const to = `billing/${billing.instance}`
    for (const n of upTo(20)) {
      await shop.publish(OrderPlaced, { n }, { via: 'all', to, delivery: n % 2 ? 'at-most-once' : 'at-least-once' })
    }
    await settle()
    expect(numbers).toEqual(upTo(20))
    expect((await billing.health()).counters).toMatchObject({ delivered: 40, duplicates: 20 })
  })

  it('finds out by itself that a wire takes nothing', async () => {
    const { shop, wires, names, clock } = await shopWithWires(2)
    wires[1].takes = false
    watch(shop.publish(OrderPlaced, { n: 1 }, options))
    await clock.advance(1_000)
    expect((await shop.health()).breakers).toEqual({ [names[1]]: { [instance]: 'open' } })
    expect(wires[1].pending).toHaveLength(1)
  })
})

describe('a request', () => {
  it('by several wires is handled and answered once', async () => {
    const { agent, settle, both } = sideWorld({ encodes: true })
    const [shop, pricing] = [await agent('shop', both), await agent('pricing', both)]
    let runs = 0
    await pricing.subscribe(GetQuote, () => ({ price: ++runs }))
    const to = `pricing/${pricing.instance}`
    for (const via of ['all', 'any', 'quorum', 'spread'] as const) {
      expect(await shop.request(GetQuote, { sku: 'x' }, { to, via })).toEqual({ price: runs })
    }
    await settle()
    expect([runs, (await shop.health()).counters.lateReplies]).toEqual([4, 0])
  })

  it('to an agent by several wires at once is refused: two instances could each handle it', async () => {
    const { shop } = await shopWithWires(2)
    const failure = failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing', via: 'any' }))
    expect(await failure).toMatchObject({ code: 'SM_REPEAT_UNNOTICED' })
  })
})
