import { describe, expect, it } from 'vitest'
import { createMemoryDeduplication } from '../src/deduplication/index.ts'
import { transportError as smError } from '../src/errors/index.ts'
import type { Frame } from '../src/message/index.ts'
import { busTransport } from './bus.ts'
import { isPresence } from './is-presence.ts'
import { failureOf, OrderPlaced, take } from './orders.ts'
import { testWorld } from './test-world.ts'

let buses = 0

/** Agents over two buses, which know each other by what each says of itself. */
function twoBuses() {
  const world = testWorld()
  const [first, second] = [busTransport(`known-${buses++}`, 50), busTransport(`known-${buses++}`, 60)]
  const sent = ({ bus }: typeof first) => bus.published.filter(({ frame }) => !isPresence(frame))
  return {
    ...world,
    ...{ first, second, sent },
    both: { transports: [first.transport(), second.transport()] },
    /** Lets everybody hear of everybody. */
    meet: () => world.clock.advance(3_000),
  }
}

describe('a direct message', () => {
  it('goes to no broker on which its receiver is not', async () => {
    const { agent, both, first, second, sent, meet } = twoBuses()
    const shop = await agent('shop', both)
    const { numbers } = take(await agent('billing', { transports: [second.transport()] }))
    await meet()
    const { transports } = await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    expect([transports, sent(first), numbers]).toEqual([[second.bus.name], [], [1]])
    const explained = String(shop.explain(OrderPlaced, { to: 'billing' }))
    expect(explained).toContain(`× ${first.bus.name}: the receiver was not heard there`)
    expect(explained).toMatch(
      /→ \S+ via billing\/\w{26}: first on the ladder with a route \(heard\) \[will be \w+, heard \d/,
    )
  })

  it('of whom nobody has heard is sent all the same, and explain does not say that it is there', async () => {
    const { agent, both, meet } = twoBuses()
    const shop = await agent('shop', both)
    await meet()
    expect(String(shop.explain(OrderPlaced, { to: 'nobody' }))).toContain('nobody has heard of it')
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'nobody' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
  })

  it('finds a receiver that has only just come', async () => {
    const { agent, both, second, meet } = twoBuses()
    const shop = await agent('shop', both)
    await meet()
    const { numbers } = take(await agent('billing', { transports: [second.transport()] }))
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await meet()
    expect(numbers).toEqual([1])
  })

  it('is not sent where its receiver says, elsewhere, that it has lost the wire', async () => {
    const { agent, both, first, second, meet, clock } = twoBuses()
    const shop = await agent('shop', both)
    take(await agent('billing', both))
    await meet()
    const ways = () => shop.explain(OrderPlaced, { to: 'billing' }).routes.map(({ transport }) => transport)
    first.transports.get('billing')?.lifecycle.become('degraded')
    await clock.advance(200)
    expect(ways()).toEqual([second.bus.name])
    expect(shop.directory.get('billing')[0]?.wires[first.bus.name]?.state).toBe('degraded')
    first.transports.get('billing')?.lifecycle.become('ready')
    await meet()
    expect(ways()).toEqual([first.bus.name, second.bus.name])
  })

  it('is not sent where its receiver was, once that has left', async () => {
    const { agent, both, first, second, meet } = twoBuses()
    const shop = await agent('shop', both)
    const here = await agent('billing', { transports: [first.transport()] })
    take(here)
    take(await agent('billing', { transports: [second.transport()] }))
    await meet()
    const ways = () => shop.explain(OrderPlaced, { to: 'billing' }).routes.map(({ transport }) => transport)
    expect(ways()).toEqual([first.bus.name, second.bus.name])
    await here.stop()
    await meet()
    expect(ways()).toEqual([second.bus.name])
  })
})

describe('a message that may have left by a wire', () => {
  const unsure = () => smError('SM_PUBLISH_FAILED', 'The wire broke', { details: { outcome: 'unknown' } })

  /** The first bus loses the answer to what it has taken. */
  async function losingAnswers(stores: readonly boolean[]) {
    const world = twoBuses()
    const shop = await world.agent('shop', world.both)
    const shared = { ...createMemoryDeduplication({ clock: world.clock }), id: 'one for all' }
    const numbers: number[] = []
    for (const isShared of stores) {
      const deduplication = isShared ? shared : createMemoryDeduplication({ clock: world.clock })
      const billing = await world.agent('billing', { ...world.both, deduplication })
      billing.subscribe(OrderPlaced, ({ n }) => void numbers.push(n))
    }
    await world.meet()
    const transport = world.first.transports.get('shop')
    if (!transport) throw new Error('The shop has no transport')
    const publish = transport.publish.bind(transport)
    transport.publish = (frame: Frame, ...rest) => {
      const receipt = publish(frame, ...rest)
      if (isPresence(frame)) return receipt
      throw unsure()
    }
    const send = () => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing', delivery: 'at-least-once' })
    return { ...world, numbers, send }
  }

  it.each<[string, boolean[]]>([
    ['one that has a store with a name', [true]],
    ['several that share one', [true, true, true]],
  ])('moves to the next where the receiver is %s, and is handled once', async (_who, stores) => {
    const { send, numbers, second, meet } = await losingAnswers(stores)
    const { transports } = await send()
    await meet()
    expect([transports, numbers]).toEqual([[second.bus.name], [1]])
  })

  it.each<[string, boolean[]]>([
    ['several instances could each handle a copy', [true, false]],
    ['one instance is known, and others may be beyond a cut', [false]],
  ])('stays where %s, and says that nobody knows', async (_why, stores) => {
    const { send, numbers, meet } = await losingAnswers(stores)
    expect(await failureOf(send)).toMatchObject({ code: 'SM_PUBLISH_FAILED', details: { outcome: 'unknown' } })
    await meet()
    expect(numbers).toEqual([1])
  })
})

describe('a broadcast', () => {
  it('goes by one broker where all are on it, to each group once', async () => {
    const { agent, both, clock, first, second, sent, meet } = twoBuses()
    const shop = await agent('shop', both)
    const taken = []
    for (const id of ['billing', 'billing', 'audit']) {
      const deduplication = createMemoryDeduplication({ clock })
      taken.push(take(await agent(id, { ...both, deduplication })))
    }
    await meet()
    const { transports } = await shop.publish(OrderPlaced, { n: 1 })
    await meet()
    expect([transports, sent(first).length, sent(second).length]).toEqual([[first.bus.name], 1, 0])
    // No store is shared: over two wires both instances of billing would have handled it.
    expect(taken.map(({ numbers }) => numbers.length).reduce((a, b) => a + b)).toBe(2)
  })

  it('goes by both where each has somebody that the other has not', async () => {
    const { agent, both, first, second, meet } = twoBuses()
    const shop = await agent('shop', both)
    const taken = [
      take(await agent('billing', { transports: [first.transport()] })),
      take(await agent('audit', { transports: [second.transport()] })),
    ]
    await meet()
    expect((await shop.publish(OrderPlaced, { n: 1 })).transports).toEqual([first.bus.name, second.bus.name])
    await meet()
    expect(taken.map(({ numbers }) => numbers)).toEqual([[1], [1]])
  })

  it('moves to the other while one has lost its wire, and nothing waits', async () => {
    const { agent, both, first, second, meet } = twoBuses()
    const shop = await agent('shop', both)
    const { numbers } = take(await agent('billing', both))
    await meet()
    first.transports.get('shop')?.lifecycle.become('degraded')
    const { transports } = await shop.publish(OrderPlaced, { n: 1 }, { delivery: 'at-least-once' })
    await meet()
    expect([transports, numbers]).toEqual([[second.bus.name], [1]])
  })

  it('goes by the broker that keeps it, for durable groups that are away; where that is lost, by what is left', async () => {
    const { agent, first, sent, meet, settle } = twoBuses()
    const both = { transports: ['memory', first.transport()] as never }
    const shop = await agent('shop', both)
    const { numbers } = take(await agent('billing', both))
    await meet()
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ transports: [first.bus.name] })
    expect(await shop.publish(OrderPlaced, { n: 2 }, { delivery: 'at-most-once' })).toMatchObject({
      transports: ['memory'],
    })
    first.transports.get('shop')?.lifecycle.become('degraded')
    expect(await shop.publish(OrderPlaced, { n: 3 })).toMatchObject({ transports: ['memory'] })
    await settle()
    expect([numbers.toSorted(), sent(first).length]).toEqual([[1, 2, 3], 1])
  })

  it('of an agent that is present nowhere goes by all', async () => {
    const { agent, both, first, second, meet } = twoBuses()
    const shop = await agent('shop', { ...both, presence: false })
    const { numbers } = take(await agent('billing', both))
    await meet()
    expect((await shop.publish(OrderPlaced, { n: 1 })).transports).toEqual([first.bus.name, second.bus.name])
    await meet()
    expect(numbers).toEqual([1])
  })
})

describe('several at once to an agent', () => {
  it('are taken where its instances share a store, and refused where they do not', async () => {
    const { agent, both, clock, meet } = twoBuses()
    const shop = await agent('shop', both)
    const deduplication = { ...createMemoryDeduplication({ clock }), id: 'one for all' }
    const { numbers } = take(await agent('billing', { ...both, deduplication }))
    await meet()
    expect((await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing', via: 'all' })).transports).toHaveLength(2)
    await meet()
    expect(numbers).toEqual([1])
    take(await agent('billing', { ...both, deduplication: createMemoryDeduplication({ clock }) }))
    await meet()
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 2 }, { to: 'billing', via: 'all' }))).toMatchObject({
      code: 'SM_REPEAT_UNNOTICED',
    })
  })
})
