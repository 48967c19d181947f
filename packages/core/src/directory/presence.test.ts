import { describe, expect, it } from 'vitest'
import { busTransport } from '../../test/bus.ts'
import { makeFrame } from '../../test/make-frame.ts'
import { take } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import type { Agent } from '../agent/index.ts'
import type { Frame, Json } from '../message/index.ts'
import type { DirectoryChange } from './directory-entry.ts'
import { readPresence } from './presence-message.ts'

let buses = 0
const bus = (rank = 50) => busTransport(`presence-bus-${buses++}`, rank)

/** Names of the agents that are known, without the one that is asked. */
const known = (agent: Agent) =>
  agent.directory
    .list()
    .filter(({ isSelf }) => !isSelf)
    .map(each => each.agent)
    .sort()

const toAll = { kind: 'topic', topic: 'sm.presence' } as const

/** What an agent would say, said by somebody else. */
function said(from: string, payload: Json): Frame {
  return makeFrame({ type: 'sm.presence', from, delivery: 'at-most-once' }, payload)
}

const lastOf = ({ published }: ReturnType<typeof bus>['bus'], from: string) =>
  published.filter(({ frame, address }) => frame.header.from === from && address.kind === 'topic').at(-1)
    ?.frame as Frame

describe('agents over a broker', () => {
  it('hear of each other at once, with what each says of itself', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = bus()
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
        store: expect.any(String),
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
    const { transport, bus: wire } = bus()
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
    const { transport } = bus()
    const agents = await Promise.all(
      Array.from({ length: 30 }, (_, n) => agent(`agent-${n}`, { transports: [transport()] })),
    )
    await clock.advance(1_000)
    for (const each of agents) expect(known(each)).toHaveLength(29)
  })

  it('who leaves is gone at once, who dies when its time is over', async () => {
    const { agent, clock, settle } = testWorld()
    const { transport, bus: wire } = bus()
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
    const { transport, bus: wire } = bus()
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
    const [first, second] = [bus(), bus(60)]
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
    const { transport, bus: wire } = bus()
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

/** The card of somebody who is not there. */
function cardOf(agent: string, instance: string) {
  const at = { hostId: 'elsewhere', processId: 1, since: 0, revision: 1, wires: {} }
  return { agent, instance, ...at, inbox: 'open', handles: [] }
}

const here = (card: Json, seq: number, ttlMs = 15_000): Json => ({ v: 1, is: 'here', seq, ttlMs, card })

describe('what is stale, replayed or forged', () => {
  async function pair() {
    const world = testWorld()
    const { transport, bus: wire } = bus()
    const warnings: string[] = []
    const note = (_fields: object, text: string) => void warnings.push(text)
    const logger = { debug() {}, info() {}, warn: note, error: note }
    const shop = await world.agent('shop', { transports: [transport()], logger })
    const billing = await world.agent('billing', { transports: [transport()] })
    await world.clock.advance(3_000)
    return { ...world, wire, shop, billing, warnings, self: `billing/${billing.instance}` }
  }

  it('a farewell that was heard before sends nobody away', async () => {
    const { wire, shop, self, settle, clock } = await pair()
    wire.publish(said(self, { v: 1, is: 'left', seq: clock.now() - 60_000 }), toAll)
    await settle()
    expect(known(shop)).toEqual(['billing'])
  })

  it('what was heard of somebody who is gone does not bring it back', async () => {
    const { wire, shop, billing, self, settle, clock } = await pair()
    const before = lastOf(wire, self)
    await billing.stop()
    await settle()
    wire.publish(before, toAll)
    await clock.advance(100)
    expect(known(shop)).toEqual([])
  })

  it('whoever is said to be gone and is not says so, and is known again', async () => {
    const { wire, shop, self, clock, settle } = await pair()
    wire.publish(said(self, { v: 1, is: 'left', seq: clock.now() + 60_000 }), toAll)
    await settle()
    await clock.advance(1_000)
    expect(known(shop)).toEqual(['billing'])
  })

  it('a card about somebody else is refused, as is what comes from no instance', async () => {
    const { wire, shop, self, settle, clock, warnings } = await pair()
    const card = cardOf('pricing', '01J00000000000000000000000')
    wire.publish(said(self, here(card, clock.now() + 1)), toAll)
    wire.publish(said('pricing', here(card, clock.now())), toAll)
    await settle()
    expect(known(shop)).toEqual(['billing'])
    expect(warnings).toHaveLength(2)
    for (const warning of warnings) expect(warning).toContain('[SM_PRESENCE_INVALID]')
  })

  it.each<[string, (now: number) => Json, string]>([
    ['another version', now => ({ ...(here(cardOf('x', '01J0'), now) as object), v: 2 }), 'has version 2, not 1'],
    ['another time', now => here(cardOf('x', '01J0'), now - 3_600_000), 'is of another time'],
    ['no object', () => 'hello', 'is no object'],
    ['a list', () => [], 'is no object'],
    ['no card', now => ({ v: 1, is: 'here', seq: now, ttlMs: 1 }), 'is not complete'],
    ['a kind that there is not', now => ({ v: 1, is: 'odd', seq: now, ttlMs: 1 }), 'is not complete'],
    ['a number that is none', () => ({ v: 1, is: 'left', seq: 'now' }), 'is not complete'],
    [
      'a time that is none',
      now => ({ v: 1, is: 'alive', seq: now, ttlMs: -1, revision: 1, load: {} }),
      'is not complete',
    ],
    ['a host that is code', now => here({ ...cardOf('x', '01J0'), hostId: '"]\n  evil' }, now), 'is not complete'],
    ['an agent that is none', now => here(cardOf('Not An Agent', '01J0'), now), 'is not complete'],
    [
      'handlers without end',
      now => here({ ...cardOf('x', '01J0'), handles: new Array(101).fill({}) }, now),
      'is not complete',
    ],
  ])('%s is refused with a code and a remedy', async (_what, payload, why) => {
    const { wire, shop, settle, clock, warnings } = await pair()
    wire.publish(said('x/01J0', payload(clock.now())), toAll)
    await settle()
    expect(known(shop)).toEqual(['billing'])
    expect(warnings).toEqual([expect.stringContaining(why)])
    expect(warnings[0]).toMatch(/^\[SM_PRESENCE_INVALID\].*versions that agree/)
  })

  it('a snapshot that nobody asked for is left aside', async () => {
    const { wire, shop, self, settle } = await pair()
    const told = { card: cardOf('pricing', '01J00000000000000000000000'), seq: 1, ageMs: 0, ttlMs: 1_000 }
    const snapshot = { v: 1, is: 'snapshot', nonce: 'guessed', isLast: true, cards: [told] }
    wire.publish(said(self, snapshot), { kind: 'topic', topic: `sm.presence.${shop.instance}` })
    await settle()
    expect(known(shop)).toEqual(['billing'])
  })

  it('a flood of strangers fills no more than there is room, and displaces nobody', async () => {
    const { wire, shop, clock } = await pair()
    for (let n = 0; n < 10_100; n++) {
      const card = cardOf('stranger', String(n).padStart(26, '0'))
      wire.publish(said(`stranger/${card.instance}`, here(card, clock.now(), 10_000)), toAll)
    }
    await clock.advance(1)
    expect(shop.directory.list()).toHaveLength(1 + 10_000)
    expect(known(shop)).toContain('billing')
    await clock.advance(12_000)
    expect(known(shop)).toEqual(['billing'])
  })
})

describe('watching a directory', () => {
  it('tells of changes from then on, and ends with the agent', async () => {
    const { agent, clock } = testWorld()
    const { transport } = bus()
    const shop = await agent('shop', { transports: [transport()] })
    const changes: DirectoryChange[] = []
    const watching = (async () => {
      for await (const change of shop.directory.watch()) changes.push(change)
    })()
    const billing = await agent('billing', { transports: [transport()] })
    await clock.advance(2_000)
    await take(billing)
    await clock.advance(200)
    await billing.stop()
    await clock.advance(1)
    await shop.stop()
    await watching
    expect(changes.map(({ change, entry }) => `${change} ${entry.agent} ${entry.inbox}`)).toEqual([
      'joined billing none',
      'changed billing open',
      'left billing open',
    ])
  })

  it('keeps the latest change of each for one who is slow', async () => {
    const { agent, clock } = testWorld()
    const { transport } = bus()
    const shop = await agent('shop', { transports: [transport()] })
    const changes = shop.directory.watch()
    const [billing, pricing] = [
      await agent('billing', { transports: [transport()] }),
      await agent('pricing', { transports: [transport()] }),
    ]
    await take(pricing)
    await clock.advance(2_000)
    await billing.stop()
    await clock.advance(1)
    expect((await changes.next()).value).toMatchObject({ change: 'joined', entry: { agent: 'pricing', inbox: 'open' } })
    const next = changes.next()
    await changes.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
  })

  it('ends when its signal aborts', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const ends = new AbortController()
    const next = shop.directory.watch({ signal: ends.signal }).next()
    ends.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    expect((await shop.directory.watch({ signal: ends.signal }).next()).done).toBe(true)
  })
})

describe('waitFor', () => {
  it('resolves once the agent takes what is addressed to it', async () => {
    const { agent, clock } = testWorld()
    const { transport } = bus()
    const shop = await agent('shop', { transports: [transport()] })
    let found: unknown
    const waiting = shop.waitFor('billing').then(entries => {
      found = entries
    })
    const billing = await agent('billing', { transports: [transport()] })
    await clock.advance(2_000)
    expect(found).toBeUndefined()
    await take(billing)
    await clock.advance(200)
    await waiting
    expect(found).toMatchObject([{ agent: 'billing', instance: billing.instance, inbox: 'open' }])
    expect(await shop.waitFor(`billing/${billing.instance}`)).toHaveLength(1)
  })

  it('needs no presence where a transport knows by itself who is there', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop', { presence: false })
    const waiting = shop.waitFor('billing')
    await take(await agent('billing', { presence: false }))
    await waiting
  })

  it('rejects when nobody comes in time, with a code and a remedy, and with the reason of its signal', async () => {
    const { agent, clock } = testWorld()
    const { transport } = bus()
    const shop = await agent('shop', { transports: [transport()] })
    const waiting = expect(shop.waitFor('billing', { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'SM_WAIT_TIMEOUT',
      message: expect.stringMatching(/billing .* within 5000 ms.*share a namespace/),
    })
    await clock.advance(5_000)
    await waiting
    const ends = new AbortController()
    const aborted = expect(shop.waitFor('billing', { signal: ends.signal })).rejects.toThrow('enough')
    ends.abort(new Error('enough'))
    await aborted
    await expect(shop.waitFor('No Agent')).rejects.toMatchObject({ code: 'SM_NAME_INVALID' })
    await expect(shop.waitFor('billing', { timeoutMs: -1 })).rejects.toMatchObject({ code: 'SM_AGENT_OPTIONS' })
    await shop.stop()
    await expect(shop.waitFor('billing')).rejects.toMatchObject({ code: 'SM_AGENT_STOPPED' })
  })

  it('a wait ends with its agent', async () => {
    const { agent, clock } = testWorld()
    const shop = await agent('shop')
    const waiting = expect(shop.waitFor('billing')).rejects.toMatchObject({ code: 'SM_AGENT_STOPPED' })
    await clock.advance(1)
    await shop.stop()
    await waiting
  })
})

describe('without presence', () => {
  it('nothing is said, and nobody is known', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = bus()
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

describe('the topology', () => {
  it('is data, and a diagram', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = bus()
    const shop = await agent('shop', { transports: ['memory', transport()] as never })
    const billing = await agent('billing', { transports: ['memory'] })
    const pricing = await agent('pricing', { transports: [transport()] })
    await clock.advance(1_000)
    const { nodes, edges } = shop.directory.topology()
    expect(nodes.map(({ id }) => id).sort()).toEqual(
      [wire.name, ...[shop, billing, pricing].map(({ id, instance }) => `${id}/${instance}`)].sort(),
    )
    expect(edges.map(({ transport: name, evidence }) => `${name} ${evidence}`).sort()).toEqual([
      'memory subscribed',
      `${wire.name} heard`,
      `${wire.name} subscribed`,
    ])
    const text = String(shop.directory.topology())
    expect(text).toMatch(/^graph LR\n/)
    expect(text).toContain(`(here)`)
    expect(text).toContain(`([${wire.name}])`)
    expect(text.split('\n').filter(line => line.includes('---'))).toHaveLength(3)
  })
})
