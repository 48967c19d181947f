import { describe, expect, it } from 'vitest'
import { failureOf, OrderPlaced } from './orders.ts'
import { counts, instance, Reading, refusal, shopWithWires, watch } from './several-wires.ts'
import { sideWorld } from './side-world.ts'

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
    expect(counts(wires)).toEqual([0, 0, 0])
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
