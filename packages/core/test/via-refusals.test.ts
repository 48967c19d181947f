import { describe, expect, it } from 'vitest'
import { defineMessage, unchecked, type Via } from '../src/index.ts'
import { failureOf, OrderPlaced } from './orders.ts'
import { instance, Reading, shopWithWires } from './several-wires.ts'

const several: readonly Via[] = ['all', 'any', 'quorum', { quorum: 2 }]

describe('a message to an agent by several wires at once', () => {
  it.each(several)('(%j) is refused, before anything leaves: two instances could each handle it', async via => {
    const { shop, wires, names } = await shopWithWires(2)
    const refusal = {
      code: 'SM_REPEAT_UNNOTICED',
      retryable: false,
      message: expect.stringContaining('Address one instance'),
      details: { outcome: 'failed', transports: names },
    }
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing', via }))).toMatchObject(refusal)
    expect(await failureOf(async () => shop.explain(OrderPlaced, { to: 'billing', via }))).toMatchObject(refusal)
    expect(wires.map(({ ids }) => ids)).toEqual([[], []])
  })

  it.each(several)('(%j) is sent where repeats are allowed, or one instance is addressed', async via => {
    const { shop, names } = await shopWithWires(2)
    expect(await shop.publish(Reading, 1, { to: 'billing', via })).toMatchObject({ transports: names })
    expect(await shop.publish(OrderPlaced, { n: 1 }, { to: instance, via })).toMatchObject({ transports: names })
  })

  it('is sent where only one of them may carry it', async () => {
    const { shop, names } = await shopWithWires(2)
    const options = { to: 'billing', via: 'all', route: { only: [names[1]] } } as const
    expect(await shop.publish(OrderPlaced, { n: 1 }, options)).toMatchObject({ transports: [names[1]] })
  })
})

describe('a via is refused by the agent', () => {
  const refusal = (why: string) => ({
    code: 'SM_ROUTE_POLICY',
    message: expect.stringContaining(why),
    details: { outcome: 'failed' },
  })

  it.each(['both', '', null, 0, {}])('that is not known: %j', async via => {
    const { shop, wires } = await shopWithWires(1)
    const bad = { via: via as Via }
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, bad))).toMatchObject(refusal('none of first, all'))
    expect(wires[0].ids).toEqual([])
  })

  it('that is a quorum of one, of a publish', async () => {
    const { shop } = await shopWithWires(3)
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: { quorum: 1 } }))
    expect(await failure).toMatchObject(refusal('is a quorum of 1'))
  })

  it('that is a quorum of more transports than it has for the message, whose names it says', async () => {
    const { shop, names } = await shopWithWires(3)
    const Wide = defineMessage('wide', { schema: unchecked<number>(), via: { quorum: 4 } })
    expect(await failureOf(() => shop.publish(Wide, 1))).toMatchObject(
      refusal(`quorum of 4, and the agent has for it: ${names.join(', ')}`),
    )
    const route = { only: names.slice(0, 2) }
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: { quorum: 3 }, route }))
    expect(await failure).toMatchObject(refusal(`has for it: ${names[0]}, ${names[1]}`))
  })

  it('that is a quorum where it has one transport, or none, for the message', async () => {
    const { shop, names } = await shopWithWires(1)
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: 'quorum' }))
    expect(await failure).toMatchObject(refusal(`takes two transports or more, and the agent has for it: ${names[0]}`))
    const Secret = defineMessage('secret', { schema: unchecked<number>(), via: 'quorum', needs: ['encrypted'] })
    expect(await failureOf(() => shop.publish(Secret, 1))).toMatchObject(refusal('has for it: none'))
  })

  it('that spreads a broadcast: one transport would miss those who subscribe on another', async () => {
    const { shop, wires } = await shopWithWires(2)
    const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { via: 'spread' }))
    expect(await failure).toMatchObject(refusal('a broadcast by one transport misses'))
    expect(wires.map(({ ids }) => ids)).toEqual([[], []])
  })

  it('but for one that an agent with one transport fulfils as it is', async () => {
    const { shop, names } = await shopWithWires(1)
    for (const via of ['first', 'all', 'any', 'spread'] as const) {
      expect(await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing', via })).toMatchObject({ transports: names })
      expect(await shop.publish(OrderPlaced, { n: 1 }, { via })).toMatchObject({ transports: names })
    }
  })
})
