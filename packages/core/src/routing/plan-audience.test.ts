import { describe, expect, it } from 'vitest'
import { memory } from '../memory/index.ts'
import type { Address, RoutePolicy } from '../message/index.ts'
import type { Demands } from '../transport-kit/index.ts'
import { explainPlan } from './explain-plan.ts'
import { type Candidate, plan } from './plan.ts'

const inbox: Address = { kind: 'inbox', agent: 'billing' }
const topic: Address = { kind: 'topic', topic: 'order.placed' }
const demands: Demands = { delivery: 'at-least-once', needs: [] }
const { capabilities } = memory.definition

function candidate(name: string, rank: number, overrides: Partial<Candidate> = {}): Candidate {
  return {
    name,
    rank,
    state: 'ready',
    capabilities,
    routes: [{ via: 'billing', evidence: 'subscribed' }],
    ...overrides,
  }
}

describe('a broadcast whose receivers are known', () => {
  const known = (name: string, rank: number, overrides: Partial<Candidate> = {}) =>
    candidate(name, rank, { isComplete: true, routes: [{ via: 'broker', evidence: 'unknown' }], ...overrides })
  const routesOf = (...args: Parameters<typeof plan>) => plan(...args).routes.map(({ transport }) => transport)

  it('takes one transport where that reaches all, and others that do are in reserve', () => {
    const ladder = [known('redis', 1), known('nats', 2), known('amqp', 3)]
    const audience = [
      ['redis', 'nats'],
      ['nats', 'redis', 'amqp'],
    ]
    const found = plan(demands, topic, ladder, {}, 'first', audience)
    expect([found.mode, found.active, found.routes.map(({ transport }) => transport)]).toEqual([
      'first',
      1,
      ['redis', 'nats'],
    ])
    expect(found.skipped).toEqual([{ transport: 'amqp', reason: 'whoever is there is reached by redis' }])
  })

  it('takes one that works before one that has lost its wire or takes nothing, where both reach all', () => {
    const audience = [['redis', 'nats']]
    for (const trouble of [
      { state: 'degraded' },
      { breaker: 'open' },
      { isReturning: true },
      { poor: 'it is slow' },
    ] as const) {
      expect(routesOf(demands, topic, [known('redis', 1, trouble), known('nats', 2)], {}, 'first', audience)).toEqual([
        'nats',
        'redis',
      ])
    }
  })

  it('takes as few as reach all, with their reasons', () => {
    const ladder = [known('pipes', 1), known('redis', 2), known('nats', 3)]
    const found = plan(demands, topic, ladder, {}, 'first', [['pipes'], ['redis', 'nats'], ['pipes', 'nats']])
    expect([found.mode, found.active, found.routes.map(({ transport }) => transport)]).toEqual([
      'all',
      2,
      ['pipes', 'redis'],
    ])
    expect(found.skipped).toEqual([{ transport: 'nats', reason: 'whoever is there is reached by pipes, redis' }])
  })

  it('takes each on which somebody may be unknown, and all where nobody is known or several are asked for', () => {
    const ladder = [known('redis', 1), known('nats', 2, { isComplete: false })]
    expect(routesOf(demands, topic, ladder, {}, 'first', [['redis', 'nats'], ['redis']])).toEqual(['redis', 'nats'])
    const all = [known('redis', 1), known('nats', 2)]
    expect(routesOf(demands, topic, all)).toEqual(['redis', 'nats'])
    expect(routesOf(demands, topic, all, {}, 'all', [['redis', 'nats']])).toEqual(['redis', 'nats'])
  })

  it('takes one that keeps messages for groups that are away, if it works; what may be lost is kept for nobody', () => {
    const durable = { ...capabilities, durable: true }
    const ladder = (more: Partial<Candidate> = {}) => [
      known('pipes', 1),
      known('redis', 2, { capabilities: durable, ...more }),
    ]
    const audience = [['pipes', 'redis']]
    expect(routesOf(demands, topic, ladder(), {}, 'first', audience)).toEqual(['redis'])
    expect(routesOf(demands, topic, ladder({ state: 'degraded' }), {}, 'first', audience)).toEqual(['pipes', 'redis'])
    const losable: Demands = { ...demands, delivery: 'at-most-once' }
    expect(routesOf(losable, topic, ladder(), {}, 'first', audience)).toEqual(['pipes', 'redis'])
  })

  it('waits for no transport without its wire where all who were there are reached by others', () => {
    const lost = { state: 'degraded', routes: [] } as const
    const found = (isComplete: boolean) =>
      plan(demands, topic, [known('lan', 1, { ...lost, isComplete }), known('redis', 2)], {}, 'first', [['redis']])
    expect([found(true).away, found(false).away]).toEqual([[], ['lan']])
  })
})

describe('a receiver that was not heard on a transport', () => {
  const broker = { routes: [{ via: 'broker', evidence: 'unknown' }] } as const

  it('is not sent to there where it is elsewhere, and is where nobody has heard of it', () => {
    const unheard = candidate('redis', 1, { ...broker, isUnheard: true })
    const found = plan(demands, inbox, [
      unheard,
      candidate('nats', 2, { routes: [{ via: 'billing/1', evidence: 'heard' }] }),
    ])
    expect(found.routes.map(({ transport }) => transport)).toEqual(['nats'])
    expect(found.skipped).toEqual([{ transport: 'redis', reason: 'the receiver was not heard there' }])
    expect(plan(demands, inbox, [unheard]).routes[0]?.reason).toBe(
      'first on the ladder, nobody has heard of it: unknown until published, if its broker keeps messages for it',
    )
  })
})

describe('wishes by the place of the receiver', () => {
  const [near, far] = [candidate('redis', 1, { place: 'sameMachine' }), candidate('nats', 2)]
  const lan = candidate('lan', 3, { place: 'sameLan' })
  const routesOf = (policy: RoutePolicy) =>
    plan(demands, inbox, [near, far, lan], policy).routes.map(({ transport }) => transport)

  it('name each transport that reaches it there, or nearer', () => {
    expect(routesOf({ prefer: ['sameLan'] })).toEqual(['redis', 'lan', 'nats'])
    expect(routesOf({ avoid: ['sameMachine'] })).toEqual(['nats', 'lan', 'redis'])
    expect(routesOf({ only: ['sameLan'] })).toEqual(['redis', 'lan'])
    expect(routesOf({ only: ['sameProcess'] })).toEqual([])
    expect(routesOf({ prefer: ['lan', 'sameMachine'] })).toEqual(['lan', 'redis', 'nats'])
  })
})

describe('a plan as a person reads it', () => {
  it('has what is known of each transport', () => {
    const ladder = [
      candidate('redis', 10, {
        routes: [{ via: 'billing/1', evidence: 'heard' }],
        heardAgoMs: 1_234.5,
        roundTripMs: 2.345,
      }),
      candidate('nats', 20, { breaker: 'open', roundTripMs: 17.2 }),
      candidate('amqp', 30, { poor: 'it takes 700 ms to acknowledge' }),
    ]
    expect(explainPlan(plan(demands, inbox, ladder))).toBe(
      [
        'To billing:',
        '  → redis via billing/1: first on the ladder with a route (heard) [will be accepted, heard 1235 ms ago, round trip 2.3 ms]',
        '  · amqp via billing: in reserve behind redis: it takes 700 ms to acknowledge [will be accepted]',
        '  · nats via billing: in reserve behind redis: it takes nothing (breaker open) [will be accepted, breaker open, round trip 17 ms]',
      ].join('\n'),
    )
  })
})
