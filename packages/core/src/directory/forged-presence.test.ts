import { describe, expect, it } from 'vitest'
import { cardOf, here, known, presenceBus, said, toAll } from '../../test/presences.ts'
import { testWorld } from '../../test/test-world.ts'
import type { Frame, Json } from '../message/index.ts'

/** The last word of an instance to all. */
const lastOf = ({ published }: ReturnType<typeof presenceBus>['bus'], from: string) =>
  published.filter(({ frame: { header } }) => header.from === from && header.type === toAll.topic).at(-1)
    ?.frame as Frame

describe('what is stale, replayed or forged', () => {
  async function pair() {
    const world = testWorld()
    const { transport, bus: wire } = presenceBus()
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

  it('words of somebody who is dead, said again and again, do not keep it alive', async () => {
    const { wire, shop, self, clock } = await pair()
    const before = lastOf(wire, self)
    wire.passes = frame => frame === before || frame.header.from !== self
    for (let n = 0; n < 6; n++) {
      await clock.advance(4_000)
      wire.publish(before, toAll)
    }
    await clock.advance(1)
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
    expect(warnings[0]).toMatch(/^\[SM_PRESENCE_INVALID\].*versions and clocks that agree/)
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
