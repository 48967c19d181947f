import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { transportError } from '../src/errors/index.ts'
import type { ManualWire } from './manual-transport.ts'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from './orders.ts'
import { instance, Reading, shopWithWires } from './several-wires.ts'
import { sideWorld } from './side-world.ts'

const refusal = (outcome: 'failed' | 'unknown' = 'failed') =>
  transportError('SM_PUBLISH_FAILED', `${outcome} there`, { details: { outcome } })
const idsOf = (wires: readonly ManualWire[]) => wires.map(({ ids }) => ids.length)

/** What became of a publish by now. */
function watch<T>(publish: Promise<T>) {
  const seen: { receipt?: T; error?: { code?: string; details?: unknown } } = {}
  publish.then(
    receipt => {
      seen.receipt = receipt
    },
    error => {
      seen.error = error
    },
  )
  return seen
}

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
    expect(idsOf(wires)).toEqual([0, 0])
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

describe('via any', () => {
  const options = { via: 'any', to: instance } as const

  it('goes by every wire, and is done with the first that takes it', async () => {
    const { shop, wires, names, settle } = await shopWithWires(3, { takes: false })
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, options))
    await settle()
    expect([idsOf(wires), seen]).toEqual([[1, 1, 1], {}])
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
    const { shop, wires, names } = await shopWithWires(2)
    wires[1].knowsWay = false
    wires[1].lifecycle.become('degraded')
    expect(await shop.publish(OrderPlaced, { n: 1 }, options)).toMatchObject({ transports: [names[0]] })
    expect(await shop.publish(OrderPlaced, { n: 2 }, { via: 'any' })).toMatchObject({ transports: [names[0]] })
    wires[0].knowsWay = false
    wires[0].lifecycle.become('degraded')
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 3 }, options))).toMatchObject({ code: 'SM_WIRE_AWAY' })
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

describe('via quorum', () => {
  it('is done when most of the wires have taken it', async () => {
    const { shop, wires, names, settle } = await shopWithWires(3, { takes: false })
    const seen = watch(shop.publish(Reading, 1, { via: 'quorum', to: 'billing' }))
    wires[2].pending[0]?.take()
    await settle()
    expect(seen).toEqual({})
    wires[0].pending[0]?.take()
    await settle()
    expect(seen.receipt).toMatchObject({ transports: [names[0], names[2]] })
    wires[1].pending[0]?.refuse(refusal())
    await settle()
    expect((await shop.health()).counters).toMatchObject({ published: 1, publishFailed: 0, copiesFailed: 1 })
  })

  it('may be of a number', async () => {
    const { shop, wires, names, settle } = await shopWithWires(3, { takes: false })
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, { via: { quorum: 3 } }))
    for (const wire of wires.slice(0, 2)) wire.pending[0]?.take()
    await settle()
    expect(seen).toEqual({})
    wires[2].pending[0]?.take()
    await settle()
    expect(seen.receipt).toMatchObject({ transports: names })
  })

  it('fails as soon as too few are left, and does not say that nobody has it while one has not answered', async () => {
    const { shop, wires, names, settle } = await shopWithWires(3, { takes: false })
    const seen = watch(shop.publish(OrderPlaced, { n: 1 }, { via: 'quorum' }))
    for (const wire of wires.slice(1)) wire.pending[0]?.refuse(refusal())
    await settle()
    expect(seen.error).toMatchObject({ details: { outcome: 'unknown', route: [{ transport: names[0] }, {}, {}] } })
    wires[0].pending[0]?.take()
    await settle()
    expect((await shop.health()).counters).toMatchObject({ published: 0, publishFailed: 1, copiesFailed: 0 })
  })

  it('that only one has taken says which', async () => {
    const { shop, wires, names } = await shopWithWires(2, { takes: false })
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: 'quorum' }))
    wires[0].pending[0]?.take()
    wires[1].pending[0]?.refuse(refusal())
    expect(await failure).toMatchObject({
      code: 'SM_PUBLISH_FAILED',
      message: expect.stringContaining(`${names[0]} took the message`),
      details: { outcome: 'unknown', taken: [names[0]] },
    })
  })

  it('is not met by wires on which nobody was there', async () => {
    const { shop, wires, names } = await shopWithWires(2)
    wires[1].evidence = 'none'
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: 'quorum' }))).toMatchObject({
      code: 'SM_QUORUM_MISSING',
      details: { outcome: 'unknown', taken: [names[0]] },
    })
  })

  it('is refused at once, before anything leaves, where fewer wires work, and names each', async () => {
    const { shop, wires, names } = await shopWithWires(3)
    wires[0].lifecycle.become('degraded')
    wires[1].knowsWay = false
    wires[1].lifecycle.become('degraded')
    const failure = await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: 'quorum', to: instance }))
    expect(failure).toMatchObject({
      code: 'SM_QUORUM_MISSING',
      retryable: true,
      message: expect.stringContaining('needs 2 transports to billing/01ARZ3NDEKTSV4RRFFQ69G5FAV, and 1 work'),
      details: { outcome: 'failed', quorum: 2, working: 1 },
    })
    for (const name of names) expect(failure.message).toContain(name)
    expect(idsOf(wires)).toEqual([0, 0, 0])
    expect(String(shop.explain(OrderPlaced, { via: 'quorum', to: instance }))).toContain('no quorum: 1 of 2 work')
  })

  it('counts no wire that takes nothing, until one message has been tried there', async () => {
    const { shop, wires, clock } = await shopWithWires(2)
    const options = { via: 'quorum', to: instance, timeoutMs: 1_000 } as const
    wires[1].takes = false
    const stuck = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, options))
    await clock.advance(1_050)
    expect(await stuck).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT' })
    wires[1].takes = true
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 2 }, options))).toMatchObject({
      code: 'SM_QUORUM_MISSING',
      message: expect.stringContaining('it takes nothing (breaker open)'),
    })
    await clock.advance(1_000)
    expect(await shop.publish(OrderPlaced, { n: 3 }, options)).toMatchObject({ evidence: 'persisted' })
    expect((await shop.health()).breakers).toEqual({})
  })
})

describe('a transport that only publishes', () => {
  it('gets its copy, and counts for no quorum', async () => {
    const { side, name } = sideWorld({ capabilities: { publishOnly: true } })
    const { shop, names } = await shopWithWires(2, { transports: [side.transport()] })
    const receipt = await shop.publish(OrderPlaced, { n: 1 }, { via: 'quorum' })
    expect(receipt).toMatchObject({ transports: names, archived: [name] })
    expect(receipt.route.map(({ transport }) => transport)).toEqual(names)
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 2 }, { via: { quorum: 3 } }))
    expect(await failure).toMatchObject({ code: 'SM_ROUTE_POLICY' })
    expect(side.behaviour.published).toHaveLength(1)
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
