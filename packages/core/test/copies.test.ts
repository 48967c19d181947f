import { describe, expect, it } from 'vitest'
import { diagnostics, type FailureEvent, type Metrics } from '../src/index.ts'
import { smError } from '../src/transport-author.ts'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from './orders.ts'
import type { SideOptions } from './side-transport.ts'
import { sideWorld } from './side-world.ts'

const full = () => smError('SM_PUBLISH_FAILED', 'The disk is full', { details: { outcome: 'failed' } })

/** Agents that reach each other over memory, and have a transport beside it that only publishes. */
function archiveWorld(options: SideOptions = {}) {
  const world = sideWorld({ ...options, capabilities: { publishOnly: true, ...options.capabilities } })
  const { published } = world.side.behaviour
  return { ...world, published, archived: () => published.map(({ header }) => header.type) }
}

describe('a copy for a transport that only publishes', () => {
  it('is made of broadcasts and direct messages, beside what receivers get, under the same id', async () => {
    const { agent, settle, both, published, name } = archiveWorld()
    const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
    const { numbers } = take(billing)
    const receipts = [
      await shop.publish(OrderPlaced, { n: 1 }),
      await shop.publish(OrderPlaced, { n: 2 }, { to: 'billing', delivery: 'at-most-once' }),
    ]
    await settle()
    expect(numbers).toEqual([1, 2])
    expect(published.map(({ header }) => header.id)).toEqual(receipts.map(({ id }) => id))
    for (const receipt of receipts) {
      expect(receipt).toMatchObject({ evidence: 'accepted', copies: 1, transports: ['memory'], archived: [name] })
    }
  })

  it('is made of what nobody subscribes to, which the receipt says as before', async () => {
    const { agent, both, published, name } = archiveWorld()
    const shop = await agent('shop', both)
    const receipt = await shop.publish(OrderPlaced, { n: 1 })
    expect(receipt).toMatchObject({ evidence: 'none', copies: 0, transports: [], archived: [name] })
    expect(published).toHaveLength(1)
  })

  it('is made once of a message that moves from wire to wire', async () => {
    const { agent, both, published } = archiveWorld()
    const broken = sideWorld({ rank: 5, failure: full() })
    const transports = [...both.transports, broken.side.transport()]
    const shop = await agent('shop', { transports })
    take(await agent('billing', { transports: ['memory', broken.side.transport()] }))
    const receipt = await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
    expect([receipt.transports, broken.side.behaviour.published.length, published.length]).toEqual([['memory'], 1, 1])
  })

  it('is not made of a message that has no way: it was never sent', async () => {
    const { agent, both, published } = archiveWorld()
    const shop = await agent('shop', both)
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'nobody' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    expect(published).toEqual([])
  })

  it('is made of the types that it wants alone', async () => {
    const { agent, both, archived, name } = archiveWorld({ wanted: ['quote.get'] })
    const shop = await agent('shop', both)
    const { archived: names } = await shop.publish(OrderPlaced, { n: 1 })
    expect([names, archived()]).toEqual([undefined, []])
    expect(String(shop.explain(OrderPlaced))).toContain(`× ${name}: wants no copy of this type`)
    expect(String(shop.explain(GetQuote))).toContain(`+ ${name}: gets a copy`)
  })

  it('is made of requests, and never of replies, errors and cancellations, which are the library’s own', async () => {
    const { agent, both, archived, clock } = archiveWorld({ encodes: true })
    const [shop, pricing] = [await agent('shop', both), await agent('pricing', both)]
    let asked = 0
    pricing.subscribe(GetQuote, async (_, { signal }) => {
      asked += 1
      if (asked === 1) return { price: 7 }
      if (asked === 2) throw new Error('no price')
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      return { price: 8 }
    })
    await shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' })
    await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing' }))
    const late = failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'pricing', timeoutMs: 50 }))
    await clock.advance(100)
    expect(await late).toMatchObject({ code: 'SM_REQUEST_TIMEOUT' })
    expect(archived()).toEqual(['quote.get', 'quote.get', 'quote.get'])
  })
})

describe('a copy at best effort', () => {
  it('that fails does not fail the publish, and is counted, logged and told to diagnostics', async () => {
    const { agent, settle, both, name } = archiveWorld({ failure: full() })
    const [lines, counted, told] = [[] as unknown[], [] as unknown[], [] as FailureEvent[]]
    const log = (fields: object, message: string) => void lines.push([message, fields])
    const logger = { debug: () => {}, info: () => {}, warn: log, error: log }
    const metrics: Metrics = {
      count: (counter, n, labels) => void counted.push([counter, n, labels]),
      record: () => {},
    }
    const onFailure = (event: unknown) => void told.push(event as FailureEvent)
    const shop = await agent('shop', { ...both, logger, metrics })
    const { numbers } = take(shop)
    diagnostics.failure.subscribe(onFailure)
    const receipt = await shop.publish(OrderPlaced, { n: 1 })
    diagnostics.failure.unsubscribe(onFailure)
    await settle()
    expect([numbers, receipt.transports, receipt.archived]).toEqual([[1], ['memory'], []])
    expect((await shop.health()).counters).toMatchObject({ published: 1, publishFailed: 0, copiesFailed: 1 })
    expect(counted).toContainEqual(['smartmessage.copiesFailed', 1, { agent: 'shop', type: 'order.placed' }])
    expect(lines).toEqual([['A copy failed', expect.objectContaining({ transport: name, messageId: receipt.id })]])
    expect(told.map(({ operation }) => operation)).toEqual(['copy'])
  })

  it('is not waited for, and the receipt tells what is known by then and is not changed after', async () => {
    const { agent, settle, both, side, published } = archiveWorld()
    const disk = Promise.withResolvers<void>()
    side.behaviour.holds = disk.promise
    const shop = await agent('shop', both)
    take(shop)
    const receipt = await shop.publish(OrderPlaced, { n: 1 })
    expect([receipt.evidence, receipt.archived, published.length]).toEqual(['accepted', [], 1])
    disk.resolve()
    await settle()
    expect(receipt.archived).toEqual([])
  })

  it('has the time of a publish, though its publish is over', async () => {
    const { agent, settle, both, side, clock } = archiveWorld()
    side.behaviour.holds = new Promise(() => {})
    const shop = await agent('shop', { ...both, publishTimeoutMs: 1_000 })
    await shop.publish(OrderPlaced, { n: 1 }, { timeoutMs: 10 })
    await clock.advance(999)
    expect((await shop.health()).counters.copiesFailed).toBe(0)
    // Deadlines run a little late, never early.
    await clock.advance(20)
    await settle()
    expect((await shop.health()).counters.copiesFailed).toBe(1)
  })

  it('is bounded: of those that wait there are no more than maxPublishes', async () => {
    const { agent, settle, both, side, published } = archiveWorld()
    const disk = Promise.withResolvers<void>()
    side.behaviour.holds = disk.promise
    const shop = await agent('shop', { ...both, maxPublishes: 5 })
    const { numbers } = take(shop)
    for (const n of upTo(8)) await shop.publish(OrderPlaced, { n })
    expect([published.length, (await shop.health()).counters.copiesFailed]).toEqual([5, 3])
    disk.resolve()
    await settle()
    await shop.publish(OrderPlaced, { n: 8 })
    await settle()
    expect([published.length, numbers]).toEqual([6, upTo(9)])
  })
})

describe('a copy that is required', () => {
  const required = { copies: 'required' } as const

  it('is waited for', async () => {
    const { agent, settle, both, side, name } = archiveWorld()
    const disk = Promise.withResolvers<void>()
    side.behaviour.holds = disk.promise
    const shop = await agent('shop', { ...both, ...required })
    const { numbers } = take(shop)
    let receipt: unknown
    const publish = shop.publish(OrderPlaced, { n: 1 }).then(done => {
      receipt = done
    })
    await settle()
    expect([numbers, receipt]).toEqual([[1], undefined])
    disk.resolve()
    await publish
    expect(receipt).toMatchObject({ evidence: 'accepted', copies: 1, transports: ['memory'], archived: [name] })
  })

  it('that fails fails the publish, with its code and who has got it, and receivers have', async () => {
    const { agent, settle, both } = archiveWorld({ failure: full() })
    const shop = await agent('shop', { ...both, ...required })
    const { numbers } = take(shop)
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }))).toMatchObject({
      code: 'SM_PUBLISH_FAILED',
      message: expect.stringContaining('memory took the message'),
      details: { outcome: 'unknown', taken: ['memory'] },
    })
    await settle()
    expect(numbers).toEqual([1])
    expect((await shop.health()).counters).toMatchObject({ publishFailed: 1, copiesFailed: 0 })
  })

  it('that fails where nobody else has it fails with its own outcome', async () => {
    const { agent, both } = archiveWorld({ failure: full() })
    const shop = await agent('shop', { ...both, ...required })
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }))).toMatchObject({
      code: 'SM_PUBLISH_FAILED',
      details: { outcome: 'failed' },
    })
  })

  it('ends with the time of its publish', async () => {
    const { agent, both, side, clock } = archiveWorld()
    side.behaviour.holds = new Promise(() => {})
    const shop = await agent('shop', { ...both, ...required })
    take(shop)
    const publish = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { timeoutMs: 500 }))
    await clock.advance(520)
    expect(await publish).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'unknown' } })
  })

  it('is given up with the reason of the signal', async () => {
    const { agent, settle, both, side } = archiveWorld()
    side.behaviour.holds = new Promise(() => {})
    const shop = await agent('shop', { ...both, ...required })
    take(shop)
    const giveUp = new AbortController()
    const publish = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { signal: giveUp.signal }))
    await settle()
    giveUp.abort(new Error('changed my mind'))
    expect(await publish).toBe(giveUp.signal.reason)
  })

  it('does not hide that receivers could not be reached', async () => {
    const { agent, both } = archiveWorld()
    const wire = sideWorld({ failure: smError('SM_PUBLISH_FAILED', 'The wire broke') })
    const shop = await agent('shop', { ...required, transports: [...both.transports, wire.side.transport()] })
    take(await agent('billing', { transports: [wire.side.transport()] }))
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))).toMatchObject({
      message: expect.stringContaining('The wire broke'),
    })
  })

  it('is an option with two values', async () => {
    const { agent } = archiveWorld()
    expect(await failureOf(() => agent('shop', { copies: 'always' as never }))).toMatchObject({
      code: 'SM_AGENT_OPTIONS',
      message: expect.stringContaining('copies'),
    })
  })
})
