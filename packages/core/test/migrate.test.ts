import { describe, expect, it } from 'vitest'
import type { Agent, MigrationReport } from '../src/agent/index.ts'
import type { AgentOptions } from '../src/index.ts'
import { busTransport } from './bus.ts'
import { makeFrame } from './make-frame.ts'
import { manualTransport } from './manual-transport.ts'
import { failureOf, OrderPlaced, take } from './orders.ts'
import { testWorld } from './test-world.ts'

let worlds = 0

/** A fleet on one broker, and another broker to move to. */
async function fleet(ids: readonly string[], options: AgentOptions = {}) {
  const world = testWorld()
  worlds += 1
  const [old, next] = [busTransport(`old-${worlds}`, 20), busTransport(`next-${worlds}`, 10)]
  const agents: Agent[] = []
  for (const id of ids) agents.push(await world.agent(id, { transports: [old.transport()], ...options }))
  await world.clock.advance(1_000)
  const names = { from: old.transport.definition.name, to: next.transport.definition.name }
  const move = (agent: Agent, more = {}) => agent.transports.migrate(names.from, next.transport(), more)
  return { ...world, agents: agents as [Agent, Agent, Agent], old, next, names, move }
}

const namesOf = (agent: Agent) => agent.transports.list().map(({ name }) => name)

/** What somebody who is no agent of the fleet publishes. */
const foreign = (n: number) => makeFrame({ type: 'order.placed', from: `till/${n}`, id: `order-${n}` }, { n })

/** What became of a promise by now. */
function watch<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: { code?: string; message: string } } = {}
  promise.then(
    value => Object.assign(seen, { value }),
    error => Object.assign(seen, { error }),
  )
  return seen
}

describe('a migration', () => {
  it('of a fleet, one agent after the other under load, loses and repeats nothing, and each can tell', async () => {
    const { agents, clock, names, move } = await fleet(['shop', 'billing', 'billing'])
    const [shop, first, second] = agents
    const taken = [take(first), take(second)]
    let n = 0
    const sent: number[] = []
    const load = async (ms: number) => {
      for (let at = 0; at < ms; at += 50) {
        const isDirect = n % 2 === 0
        await shop.publish(OrderPlaced, { n }, isDirect ? { to: 'billing' } : {})
        sent.push(n)
        n += 1
        await clock.advance(50)
      }
    }
    await load(500)
    const moves: { value?: MigrationReport }[] = []
    for (const agent of [first, shop, second]) {
      moves.push(watch(move(agent)))
      await load(1_000)
    }
    await load(8_000)
    expect(agents.map(namesOf)).toEqual([[names.to], [names.to], [names.to]])
    expect(taken.flatMap(({ numbers }) => numbers).sort((a, b) => a - b)).toEqual(sent)
    const reports = moves.map(({ value }) => value as MigrationReport)
    for (const report of reports) expect(report).toMatchObject({ handledTwice: 0, handedBack: 0, isWhole: true })
    const [one, publisher, other] = reports as [MigrationReport, MigrationReport, MigrationReport]
    expect(publisher).toMatchObject({ handled: 0, publishesFailed: 0 })
    expect(publisher.from.published).toBeGreaterThan(0)
    expect(publisher.to.published).toBeGreaterThan(10)
    expect(one.from.received).toBeGreaterThan(0)
    expect(one.to.received + other.to.received).toBeGreaterThan(10)
  })

  it('waits for whoever is on the old transport alone, and names them when its time is over', async () => {
    const { agents, clock, names, move } = await fleet(['shop', 'billing'])
    const [shop, billing] = agents
    const { numbers } = take(billing)
    await clock.advance(1_000)
    const end = watch(move(shop, { timeoutMs: 5_000 }))
    await clock.advance(4_900)
    expect(end).toEqual({})
    await clock.advance(200)
    expect(end.error).toMatchObject({ code: 'SM_WAIT_TIMEOUT', message: expect.stringContaining(billing.instance) })
    expect(namesOf(shop)).toEqual([names.to, names.from])
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(0)
    expect(numbers).toEqual([1])
    const rest = [watch(move(shop)), watch(move(billing))]
    await clock.advance(9_000)
    expect(rest.map(({ value }) => value?.handledTwice)).toEqual([0, 0])
    expect([shop, billing].map(namesOf)).toEqual([[names.to], [names.to]])
  })

  it('waits until nothing has come by the old transport for a while, and has counted what came', async () => {
    const { agents, clock, names, old, move } = await fleet(['billing'], { presence: false })
    const [billing] = agents
    const { numbers } = take(billing)
    const end = watch(move(billing, { quietMs: 400, timeoutMs: 2_000 }))
    for (let n = 0; n < 5; n++) {
      await clock.advance(300)
      old.bus.publish(foreign(n), { kind: 'topic', topic: 'order.placed' })
    }
    expect(end).toEqual({})
    await clock.advance(1_000)
    expect(end.value).toMatchObject({ from: { received: 5 }, to: { received: 0 }, handled: 5, handledTwice: 0 })
    expect([numbers, namesOf(billing)]).toEqual([[0, 1, 2, 3, 4], [names.to]])
  })

  it('uses the old transport again when it never falls silent', async () => {
    const { agents, clock, names, old, move } = await fleet(['billing'], { presence: false })
    const [billing] = agents
    take(billing)
    const end = watch(move(billing, { quietMs: 400, timeoutMs: 1_000 }))
    for (let n = 0; n < 5; n++) {
      await clock.advance(250)
      old.bus.publish(foreign(n), { kind: 'topic', topic: 'order.placed' })
    }
    expect(end.error).toMatchObject({ code: 'SM_WAIT_TIMEOUT', message: expect.stringContaining('fall silent') })
    expect(billing.explain(OrderPlaced).routes.map(({ transport }) => transport)).toEqual([names.to, names.from])
  })

  it('has the new transport take the place of the old one, and sends nothing new there once all are on both', async () => {
    const { agents, clock, names, old, next, move } = await fleet(['shop', 'billing'])
    const [shop, billing] = agents
    take(billing)
    await clock.advance(1_000)
    const moves = [watch(move(shop, { quietMs: 2_000 })), watch(move(billing, { quietMs: 2_000 }))]
    await clock.advance(2_000)
    const before = old.bus.published.length
    await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    await shop.publish(OrderPlaced, { n: 2 })
    await shop.publish(OrderPlaced, { n: 3 }, { to: 'billing', route: { prefer: [names.from] } })
    expect(old.bus.published.length).toBe(before)
    expect(next.bus.published.filter(({ frame }) => frame.header.type === 'order.placed')).toHaveLength(3)
    await clock.advance(9_000)
    expect(moves.every(({ value }) => value)).toBe(true)
  })

  it('is refused for a transport that the agent does not have, one that keeps nothing, and a second at once', async () => {
    const { agents, names, move, next, clock } = await fleet(['billing'])
    const [billing] = agents
    const nowhere = () => billing.transports.migrate('pigeon', next.transport())
    expect(await failureOf(nowhere)).toMatchObject({ code: 'SM_TRANSPORT_CHANGE' })
    expect(await failureOf(() => billing.transports.migrate(names.from, names.from))).toMatchObject({
      code: 'SM_TRANSPORT_CHANGE',
    })
    await billing.subscribe(OrderPlaced, () => undefined, { durable: true })
    expect(await failureOf(() => billing.transports.migrate(names.from, 'memory'))).toMatchObject({
      code: 'SM_CAPABILITY_MISSING',
    })
    expect(await failureOf(() => move(billing, { quietMs: -1 }))).toMatchObject({ code: 'SM_AGENT_OPTIONS' })
    expect(namesOf(billing)).toEqual([names.from])
    const first = watch(move(billing))
    expect(await failureOf(() => move(billing))).toMatchObject({ code: 'SM_TRANSPORT_CHANGE' })
    await clock.advance(9_000)
    expect(first.value).toBeDefined()
  })

  it('ends when the agent stops, and by its signal', async () => {
    const { agents, clock, names, move } = await fleet(['shop', 'billing'])
    const [shop, billing] = agents
    const giveUp = new AbortController()
    const [one, other] = [watch(move(shop)), watch(move(billing, { signal: giveUp.signal, quietMs: 60_000 }))]
    await clock.advance(500)
    giveUp.abort(new Error('enough'))
    await shop.stop()
    await clock.advance(0)
    expect(namesOf(billing)).toEqual([names.from])
    expect([one.error, other.error]).toMatchObject([{ code: 'SM_AGENT_STOPPED' }, { message: 'enough' }])
  })

  it('stays on both where a handler of what came does not end', async () => {
    const { agents, clock, names, old, move } = await fleet(['billing'], { presence: false })
    const [billing] = agents
    await billing.subscribe(OrderPlaced, () => new Promise(() => {}), { timeoutMs: 60_000 })
    const end = watch(move(billing, { quietMs: 100, timeoutMs: 2_000 }))
    await clock.advance(50)
    old.bus.publish(foreign(1), { kind: 'topic', topic: 'order.placed' })
    await clock.advance(3_000)
    expect(end.error).toMatchObject({ code: 'SM_WAIT_TIMEOUT' })
    expect(namesOf(billing)).toEqual([names.to, names.from])
  })

  it('waits for publishes that the old transport has not answered', async () => {
    const { agent, clock } = testWorld()
    const [old, next] = [manualTransport('slow-old', 20), manualTransport('slow-next', 30)]
    const shop = await agent('shop', { transports: [old.transport()], presence: false })
    old.wire.takes = false
    const sent = shop.publish(OrderPlaced, { n: 1 })
    const end = watch(shop.transports.migrate('slow-old', next.transport()))
    await clock.advance(5_000)
    expect(end).toEqual({})
    old.wire.pending[0]?.take()
    await sent
    await clock.advance(5_000)
    expect(end.value).toMatchObject({ from: { published: 1 }, to: { published: 0 } })
  })
})
