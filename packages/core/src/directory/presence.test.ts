import { describe, expect, it } from 'vitest'
import { take } from '../../test/orders.ts'
import { cardOf, here, known, presenceBus, said, toAll } from '../../test/presences.ts'
import { testWorld } from '../../test/test-world.ts'
import { readPresence } from './presence-message.ts'

describe('agents in one process', () => {
  it('know each other by what all of them say, without a word on the wire', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus(50, 'process')
    for (const transports of [['memory'], [transport()]] as never[]) {
      const shop = await agent('shop', { transports })
      const billing = await agent('billing', { transports })
      await take(billing)
      await clock.advance(200)
      const [entry] = shop.directory.get('billing')
      expect(entry).toMatchObject({ inbox: 'open', handles: [{ type: 'order.placed' }], sameProcess: true })
      expect(billing.directory.get('shop')).toMatchObject([{ inbox: 'none', sameProcess: true }])
      const late = await agent('late', { transports })
      expect(known(late)).toEqual(['billing', 'shop'])
      await billing.stop()
      expect([known(shop), known(late)]).toEqual([['late'], ['shop']])
      await Promise.all([shop.stop(), late.stop()])
    }
    expect(wire.published).toEqual([])
  })

  it('are there for those who tell of themselves, also where they do not', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const shy = await agent('shy', { presence: false })
    expect([known(shop), known(shy)]).toEqual([['shy'], []])
    expect(shop.directory.get('shy')).toMatchObject([{ handles: [], sameProcess: true }])
  })
})

describe('agents over a broker', () => {
  it('hear of each other at once, with what each says of itself', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    const billing = await agent('billing', { transports: [transport()] })
    await take(billing)
    await clock.advance(200)
    expect(known(shop)).toEqual(['billing'])
    expect(known(billing)).toEqual(['shop'])
    expect(shop.directory.get('billing')).toEqual([
      {
        ...{ agent: 'billing', instance: billing.instance, isSelf: false },
        ...{ hostId: expect.any(String), processId: process.pid, since: expect.any(Number), inbox: 'open' },
        handles: [{ type: 'order.placed', group: 'billing', versions: [1], durable: false }],
        wires: {
          [wire.name]: {
            evidence: 'heard',
            ageMs: expect.any(Number),
            state: 'ready',
            roundTripMs: expect.any(Number),
          },
        },
        ...{ sameProcess: true, sameMachine: true, sameLan: true },
      },
    ])
    expect(shop.directory.get(`billing/${billing.instance}`)).toHaveLength(1)
    expect(shop.directory.get('nobody')).toEqual([])
  })

  it('a newcomer is told of all by one of them, and the others stay silent', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus()
    for (let n = 0; n < 20; n++) await agent(`resident-${n}`, { transports: [transport()] })
    await clock.advance(3_000)
    const before = wire.published.length
    const newcomer = await agent('newcomer', { transports: [transport()] })
    await clock.advance(100)
    expect(known(newcomer)).toHaveLength(20)
    const snapshots = wire.published
      .slice(before)
      .map(({ frame }) => readPresence(frame, clock.now()))
      .filter(({ is }) => is === 'snapshot')
    expect(snapshots).toHaveLength(1)
    await clock.advance(3_000)
    const later = wire.published.slice(before).map(({ frame }) => readPresence(frame, clock.now()))
    // Once more it asks whether it knows all: there is nothing to tell.
    expect(
      later.filter(({ is }) => is === 'snapshot').map(message => 'cards' in message && message.cards.length),
    ).toEqual([20, 0])
  })

  it('who all come at the same moment know each other within a second', async () => {
    const { agent, clock } = testWorld()
    const { transport } = presenceBus()
    const agents = await Promise.all(
      Array.from({ length: 30 }, (_, n) => agent(`agent-${n}`, { transports: [transport()] })),
    )
    await clock.advance(1_000)
    for (const each of agents) expect(known(each)).toHaveLength(29)
  })

  it('who leaves is gone at once, who dies when its time is over', async () => {
    const { agent, clock, settle } = testWorld()
    const { transport, bus: wire } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    const [billing, pricing] = [
      await agent('billing', { transports: [transport()] }),
      await agent('pricing', { transports: [transport()] }),
    ]
    await clock.advance(2_000)
    await billing.stop()
    await settle()
    expect(known(shop)).toEqual(['pricing'])
    wire.passes = ({ header }) => !header.from.startsWith('pricing/')
    await clock.advance(9_000)
    expect(known(shop)).toEqual(['pricing'])
    await clock.advance(8_000)
    expect(known(shop)).toEqual([])
    void pricing
  })

  it('an agent that is silent for a while and comes back is known again', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    await agent('billing', { transports: [transport()] })
    await clock.advance(2_000)
    wire.passes = ({ header }) => !header.from.startsWith('billing/')
    await clock.advance(20_000)
    expect(known(shop)).toEqual([])
    wire.passes = () => true
    await clock.advance(7_000)
    expect(known(shop)).toEqual(['billing'])
    expect(shop.directory.get('billing')[0]?.inbox).toBe('none')
  })

  it('a wire on which nothing comes from somebody who is heard elsewhere shows as silent', async () => {
    const { agent, clock } = testWorld()
    const [first, second] = [presenceBus(), presenceBus(60)]
    const transports = [first.transport(), second.transport()]
    const shop = await agent('shop', { transports })
    await agent('billing', { transports })
    await clock.advance(2_000)
    first.bus.passes = ({ header }) => !header.from.startsWith('billing/')
    await clock.advance(20_000)
    expect(shop.directory.get('billing')[0]?.wires).toMatchObject({
      [first.bus.name]: { evidence: 'silent', state: 'ready' },
      [second.bus.name]: { evidence: 'heard' },
    })
    first.bus.passes = () => true
    await clock.advance(7_000)
    expect(shop.directory.get('billing')[0]?.wires[first.bus.name]?.evidence).toBe('heard')
  })

  it('heartbeats come less often the more agents there are', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus()
    for (let n = 0; n < 3; n++) await agent(`agent-${n}`, { transports: [transport()] })
    await clock.advance(3_000)
    const cards = Array.from({ length: 997 }, (_, n) => cardOf(`ghost-${n}`, String(n).padStart(26, '0')))
    for (const card of cards) wire.publish(said(`${card.agent}/${card.instance}`, here(card, clock.now(), 1e6)), toAll)
    await clock.advance(6_000)
    const before = wire.published.length
    await clock.advance(60_000)
    const beats = wire.published.slice(before).filter(({ frame }) => readPresence(frame, clock.now()).is === 'alive')
    // A thousand agents: one heartbeat of each in 20 seconds.
    expect(beats.length).toBeGreaterThanOrEqual(3 * 2)
    expect(beats.length).toBeLessThanOrEqual(3 * 4)
  })
})

describe('agents with a link to each other', () => {
  it('tell each other of themselves as soon as it is there, and ask nobody', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire, transports } = presenceBus()
    wire.passes = () => false
    const shop = await agent('shop', { transports: [transport()] })
    const billing = await agent('billing', { transports: [transport()] })
    await take(billing)
    await clock.advance(200)
    wire.passes = () => true
    const before = wire.published.length
    transports.get('shop')?.tell('joined', 'billing', billing.instance)
    transports.get('billing')?.tell('joined', 'shop', shop.instance)
    await clock.advance(10)
    expect([known(shop), known(billing)]).toEqual([['billing'], ['shop']])
    expect(shop.directory.get('billing')[0]?.handles).toMatchObject([{ type: 'order.placed' }])
    await clock.advance(60_000)
    const words = wire.published.slice(before).map(({ frame }) => readPresence(frame, clock.now()))
    expect(words).toMatchObject([{ is: 'here' }, { is: 'here' }])
    transports.get('shop')?.tell('left', 'billing', billing.instance)
    expect(known(shop)).toEqual([])
  })
})

describe('without presence', () => {
  it('nothing is said, and nobody is known', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus()
    const shop = await agent('shop', { transports: [transport()], presence: false })
    await agent('billing', { transports: [transport()], presence: { [wire.name]: false } })
    await clock.advance(10_000)
    expect(wire.published).toEqual([])
    expect(known(shop)).toEqual([])
  })

  it('an option that cannot be read, or that names a transport the agent has not, is refused', async () => {
    const { agent } = testWorld()
    await expect(agent('shop', { presence: 1 as never })).rejects.toMatchObject({ code: 'SM_AGENT_OPTIONS' })
    await expect(agent('shop', { presence: { memory: 1 } as never })).rejects.toMatchObject({
      code: 'SM_AGENT_OPTIONS',
    })
    await expect(agent('shop', { presence: { redis: false } })).rejects.toMatchObject({
      code: 'SM_AGENT_OPTIONS',
      message: expect.stringContaining('names "redis"'),
    })
  })
})
