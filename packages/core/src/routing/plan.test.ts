import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Route, TransportState } from '../contract/index.ts'
import { memory } from '../memory/index.ts'
import type { Address, Via } from '../message/index.ts'
import type { Demands } from '../transport-kit/index.ts'
import { explainPlan } from './explain-plan.ts'
import { type Candidate, plan } from './plan.ts'

const inbox: Address = { kind: 'inbox', agent: 'billing' }
const topic: Address = { kind: 'topic', topic: 'order.placed' }
const demands: Demands = { delivery: 'at-least-once', needs: [] }
const subscribed: Route = { via: 'billing', evidence: 'subscribed' }
const { capabilities } = memory.definition

function candidate(name: string, rank: number, overrides: Partial<Candidate> = {}): Candidate {
  return { name, rank, state: 'ready', capabilities, routes: [subscribed], ...overrides }
}

describe('a direct message', () => {
  it('takes the first transport of the ladder that has a route, and keeps the others in reserve', () => {
    const ladder = [candidate('wan', 30), candidate('local', 10, { routes: [] }), candidate('lan', 20)]
    const found = plan(demands, inbox, ladder)
    expect(found.mode).toBe('first')
    expect(found.routes.map(({ transport, reason }) => [transport, reason])).toEqual([
      ['lan', 'first on the ladder with a route (subscribed)'],
      ['wan', 'in reserve behind lan'],
    ])
    expect(found.skipped).toEqual([{ transport: 'local', reason: 'knows no way to it' }])
  })
})

describe('a transport that has lost its wire', () => {
  it('comes after those that have theirs, wherever it stands on the ladder', () => {
    const { routes } = plan(demands, inbox, [candidate('lan', 1, { state: 'degraded' }), candidate('wan', 2)])
    expect(routes.map(({ transport }) => transport)).toEqual(['wan', 'lan'])
  })
})

describe('a broadcast', () => {
  it('takes every transport that reaches a subscriber', () => {
    const kept: Route = { via: 'broker', evidence: 'kept' }
    const found = plan(demands, topic, [
      candidate('local', 10),
      candidate('lan', 20, { routes: [] }),
      candidate('wan', 30, { routes: [subscribed, kept] }),
    ])
    expect(found.mode).toBe('all')
    expect(found.routes).toMatchObject([
      { transport: 'local', via: ['billing'], reason: 'reaches subscribers (subscribed)' },
      { transport: 'wan', via: ['billing', 'broker'], reason: 'reaches subscribers (subscribed and kept)' },
    ])
    expect(found.skipped).toEqual([{ transport: 'lan', reason: 'has no subscriber' }])
  })
})

describe('a transport is not taken', () => {
  it.each<TransportState>(['idle', 'starting', 'stopping', 'stopped'])('while it is %s', state => {
    const { routes, skipped } = plan(demands, inbox, [candidate('lan', 1, { state })])
    expect([routes, skipped]).toEqual([[], [{ transport: 'lan', reason: `is ${state}` }]])
  })

  it('but for one that is degraded: it works to get its wire back', () => {
    expect(plan(demands, inbox, [candidate('lan', 1, { state: 'degraded' })]).routes).toHaveLength(1)
  })

  it('when it lacks what the message needs; the plan says so', () => {
    const needs: Demands = { delivery: 'at-least-once', needs: ['durable'] }
    const found = plan(needs, inbox, [candidate('lan', 1), candidate('wan', 2, { routes: [] })])
    expect(found).toMatchObject({
      routes: [],
      lacksCapability: true,
      skipped: [
        { transport: 'lan', reason: 'it is not durable' },
        { transport: 'wan', reason: 'knows no way to it' },
      ],
    })
  })

  it('when it does not offer the delivery level', () => {
    const lossy = { ...capabilities, delivery: { 'at-most-once': 'sent' } } as const
    const { skipped } = plan(demands, inbox, [candidate('lan', 1, { capabilities: lossy })])
    expect(skipped).toEqual([{ transport: 'lan', reason: 'it does not deliver at-least-once' }])
  })
})

describe('a transport that only publishes', () => {
  const publishOnly = { ...capabilities, publishOnly: true, durable: false, encrypted: false }
  const archive = (overrides: Partial<Candidate> = {}) =>
    candidate('archive', 1, { capabilities: publishOnly, routes: [], ...overrides })

  it('gets a copy, and is no way and no subscriber, whatever routes it names', () => {
    for (const to of [inbox, topic]) {
      for (const routes of [[], [subscribed]]) {
        const found = plan(demands, to, [archive({ routes }), candidate('lan', 2, { routes: [] })])
        expect(found.copies).toMatchObject([{ transport: 'archive', reason: 'gets a copy' }])
        expect([found.routes, found.away, found.lacksCapability]).toEqual([[], [], false])
        expect(found.skipped.map(({ transport }) => transport)).toEqual(['lan'])
      }
    }
  })

  it('gets one also while it has lost its wire: it says itself whether it can take it', () => {
    const found = plan(demands, topic, [archive({ state: 'degraded' }), candidate('lan', 2)])
    expect([found.copies, found.away]).toMatchObject([[{ transport: 'archive', reason: 'gets a copy, if it can' }], []])
  })

  it('gets none of what it does not want, cannot take or must not write down, and the plan says why', () => {
    const lossy = { ...publishOnly, delivery: { 'at-most-once': 'sent' } } as const
    const reasons = [
      plan(demands, topic, [archive({ wants: false })]),
      plan(demands, topic, [archive({ state: 'stopping' })]),
      plan(demands, topic, [archive({ capabilities: lossy })]),
      plan({ ...demands, needs: ['encrypted'] }, topic, [archive()]),
    ].map(({ copies, skipped }) => [copies, skipped[0]?.reason])
    expect(reasons).toEqual([
      [[], 'wants no copy of this type'],
      [[], 'is stopping'],
      [[], 'it does not deliver at-least-once'],
      [[], 'it is not encrypted'],
    ])
  })

  it('need not be durable: that is a need of receivers', () => {
    expect(plan({ ...demands, needs: ['durable'] }, topic, [archive({ wants: true })]).copies).toHaveLength(1)
  })

  it('is printed after the ways', () => {
    expect(explainPlan(plan(demands, inbox, [candidate('local', 10), archive()]))).toBe(
      [
        'To billing:',
        '  → local via billing: first on the ladder with a route (subscribed) [will be accepted]',
        '  + archive: gets a copy',
      ].join('\n'),
    )
  })
})

describe('a plan by several at once', () => {
  const unknown: Route = { via: 'broker', evidence: 'unknown' }
  const ladder = [
    candidate('local', 10),
    candidate('lan', 20, { routes: [unknown], breaker: 'open' }),
    candidate('wan', 30, { state: 'degraded' }),
    candidate('far', 40, { routes: [] }),
  ]

  it.each(['all', 'any', 'quorum', { quorum: 2 }] as const)('(%j) takes every transport that reaches it', via => {
    const found = plan(demands, inbox, ladder, {}, via)
    expect(found).toMatchObject({ mode: typeof via === 'string' ? via : 'quorum', active: 3, working: 1 })
    expect(found.routes.map(({ transport, reason }) => [transport, reason])).toEqual([
      ['local', 'reaches it (subscribed)'],
      ['lan', 'only its broker knows whether it is there: unknown until published; it takes nothing (breaker open)'],
      ['wan', 'reaches it (subscribed); it has lost its wire'],
    ])
  })

  it('needs most of those that could carry it, whether or not they reach it now', () => {
    const quorumOf = (count: number, policy = {}, via: Via = 'quorum') => {
      const some = Array.from({ length: count }, (_, i) =>
        candidate(`t${i}`, i, { routes: i === 0 ? [subscribed] : [] }),
      )
      const archive = candidate('archive', 9, { capabilities: { ...capabilities, publishOnly: true } })
      const lossy = candidate('lossy', 9, { capabilities: { ...capabilities, delivery: { 'at-most-once': 'sent' } } })
      return plan(demands, inbox, [...some, archive, lossy], policy, via).quorum
    }
    expect([2, 3, 4, 5].map(count => quorumOf(count))).toEqual([2, 2, 3, 3])
    expect(quorumOf(5, { only: ['t1', 't2'] })).toBe(2)
    expect(quorumOf(5, {}, { quorum: 4 })).toBe(4)
    expect(quorumOf(5, {}, 'all')).toBeUndefined()
  })

  it('of a broadcast says as before whom it reaches', () => {
    expect(plan(demands, topic, ladder, {}, 'first').mode).toBe('all')
    expect(plan(demands, topic, ladder, {}, 'any').routes[0]?.reason).toBe('reaches subscribers (subscribed)')
  })

  it('is printed with what it asks for, and with what it lacks', () => {
    expect(explainPlan(plan(demands, inbox, ladder, {}, { quorum: 2 })).split('\n')).toEqual([
      'To billing, via a quorum of 2:',
      '  → local via billing: reaches it (subscribed) [will be accepted]',
      expect.stringMatching(/^ {2}→ lan via broker: /),
      expect.stringMatching(/^ {2}→ wan via billing: /),
      '  × far: knows no way to it',
      '  no quorum: 1 of 2 work',
    ])
    expect(explainPlan(plan(demands, topic, ladder, {}, 'any'))).toMatch(/^To topic order.placed, via any:\n/)
    expect(explainPlan(plan(demands, topic, ladder, {}, 'all'))).toMatch(/^To topic order.placed:\n/)
  })
})

describe('a plan that spreads', () => {
  it('has those take turns that have as little against them as the first, and the others in reserve', () => {
    const ladder = [
      candidate('local', 10),
      candidate('lan', 20, { routes: [{ via: 'broker', evidence: 'unknown' }] }),
      candidate('far', 30, { state: 'degraded' }),
      candidate('wan', 40),
    ]
    const found = plan(demands, inbox, ladder, { avoid: ['wan'] }, 'spread')
    expect([found.mode, found.active, found.working]).toEqual(['spread', 2, 3])
    expect(explainPlan(found)).toBe(
      [
        'To billing, via spread:',
        '  → local via billing: takes turns with a route (subscribed) [will be accepted]',
        '  → lan via broker: takes turns, only its broker knows whether it is there: unknown until published [will be accepted]',
        '  · wan via billing: in reserve behind local [will be accepted]',
        '  · far via billing: in reserve behind local: it has lost its wire [will be accepted]',
      ].join('\n'),
    )
  })

  it('has those take turns that are avoided, where nothing else is there', () => {
    const ladder = [candidate('lan', 1), candidate('wan', 2)]
    expect(plan(demands, inbox, ladder, { avoid: ['lan', 'wan'] }, 'spread').active).toBe(2)
  })
})

it('every transport is either taken or skipped with a reason, in order, and nothing is changed', () => {
  const arbitrary = fc.record({
    rank: fc.nat(50),
    state: fc.constantFrom<TransportState>('idle', 'ready', 'degraded', 'stopped'),
    durable: fc.boolean(),
    publishOnly: fc.boolean(),
    routes: fc.constantFrom<readonly Route[]>([], [subscribed]),
  })
  fc.assert(
    fc.property(
      fc.array(arbitrary, { maxLength: 6 }),
      fc.constantFrom(inbox, topic),
      fc.boolean(),
      fc.constantFrom<Via>('first', 'all', 'any', 'quorum', 'spread', { quorum: 2 }),
      (all, to, durable, via) => {
        const ladder = all.map((one, i) =>
          Object.freeze(
            candidate(`t${i}`, one.rank, {
              ...one,
              capabilities: { ...capabilities, durable: one.durable, publishOnly: one.publishOnly },
            }),
          ),
        )
        const found = plan(
          { delivery: 'at-least-once', needs: durable ? ['durable'] : [] },
          to,
          Object.freeze(ladder),
          {},
          via,
        )
        const named = [...found.routes, ...found.copies, ...found.skipped].map(({ transport }) => transport)
        expect(named.toSorted()).toEqual(ladder.map(({ name }) => name).toSorted())
        const taken = found.routes.map(({ transport }) => ladder.find(({ name }) => name === transport) as Candidate)
        // No rank is above 50.
        const places = taken.map(({ rank, state }) => rank + (state === 'degraded' ? 100 : 0))
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        for (const { reason } of [...found.routes, ...found.copies, ...found.skipped]) expect(reason).not.toBe('')
        expect(found.working).toBe(taken.filter(({ state }) => state === 'ready').length)
        expect(found.active).toBeLessThanOrEqual(found.routes.length)
        expect(found.active > 0).toBe(found.routes.length > 0)
        const lacks = found.quorum !== undefined && found.working < found.quorum ? 1 : 0
        const waits = found.quorum === undefined && !(via === 'all' && found.address.kind === 'inbox')
        const stuck = waits && found.routes.length > 0 && found.working === 0 ? 1 : 0
        const lines = 1 + Math.max(1, found.routes.length) + found.copies.length + found.skipped.length + lacks + stuck
        expect(explainPlan(found).split('\n')).toHaveLength(lines)
      },
    ),
  )
})

describe('a plan as a person reads it', () => {
  it('says that a message waits where no transport works', () => {
    const lost = candidate('redis', 10, { state: 'degraded' })
    expect(
      explainPlan(plan(demands, inbox, [lost]))
        .split('\n')
        .at(-1),
    ).toBe('  none works now: a message at least once waits')
    expect(explainPlan(plan(demands, inbox, [lost, candidate('nats', 20)]))).not.toContain('waits')
    expect(explainPlan(plan(demands, inbox, [lost], {}, 'all'))).not.toContain('waits')
  })

  it('marks what is taken, what is in reserve and what is left out', () => {
    const ladder = [candidate('local', 10), candidate('lan', 20), candidate('wan', 30, { routes: [] })]
    expect(explainPlan(plan(demands, inbox, ladder))).toBe(
      [
        'To billing:',
        '  → local via billing: first on the ladder with a route (subscribed) [will be accepted]',
        '  · lan via billing: in reserve behind local [will be accepted]',
        '  × wan: knows no way to it',
      ].join('\n'),
    )
  })

  it('says when there is no way', () => {
    expect(explainPlan(plan(demands, inbox, []))).toBe('To billing:\n  no way')
    expect(explainPlan(plan(demands, topic, [candidate('local', 1, { routes: [] })]))).toBe(
      'To topic order.placed:\n  nobody subscribes\n  × local: has no subscriber',
    )
  })
})
