import { createAgent, type Header } from '@sm/core'
import type { Frame } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../../tooling/test/transport-world.ts'
import { breakableWire } from '../test/breakable-wire.ts'
import { bridgeWorld, counted, listens, numbersOf, Placed, Shipped, Tick } from '../test/bridge-world.ts'

describe('a message that crosses', () => {
  it('stays as it is: id, sender, time, key, lineage, extensions and payload', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const here: Header[] = []
    const there: Header[] = []
    const payloads: unknown[] = []
    const shop = await agent('shop', 'near')
    const audit = await agent('audit', 'near')
    const billing = await agent('billing', 'far')
    await audit.subscribe(Placed, (_, { header }) => void here.push(header))
    await billing.subscribe(Placed, (payload, { header }) => {
      there.push(header)
      payloads.push(payload)
    })
    await bridge('near', 'far')
    await shop.publish(
      Placed,
      { n: 1, text: 'ü' },
      { key: 'k', correlationId: 'c', causationId: 'd', ttlMs: 60_000, extensions: { tenant: 'Müller' } },
    )
    await settle()
    const [came] = here as [Header]
    expect(there).toEqual([
      { ...came, extensions: { tenant: 'Müller', smhops: '1', smbridges: expect.stringMatching(/^\S+@[0-9a-f]{8}$/) } },
    ])
    expect(payloads).toEqual([{ n: 1, text: 'ü' }])
  })

  it('keeps its bytes: nothing is decoded on the way', async () => {
    const { agent, bridge, settle, clock, namespace } = bridgeWorld()
    const far = breakableWire()
    const near = breakableWire()
    await bridge('near', 'far', {
      from: { transport: near(), namespace: namespace('near') },
      to: { transport: far(), namespace: namespace('far') },
    })
    const shop = await agent('shop', 'near', { transports: [near()], clock })
    await shop.publish(Placed, { n: 1, text: 'as it is' })
    await settle()
    const [sent] = near.faults.published.filter(({ header }) => header.type === 'order.placed') as [Frame]
    const [carried] = far.faults.published.filter(({ header }) => header.type === 'order.placed') as [Frame]
    expect(Buffer.from(carried.body.bytes())).toEqual(Buffer.from(sent.body.bytes()))
  })

  it('crosses once, though several patterns fit it, at both levels', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const got = await listens(await agent('billing', 'far'))
    const ticks: number[] = []
    await (await agent('clock', 'far')).subscribe(Tick, ({ n }) => void ticks.push(n))
    const crossing = await bridge('near', 'far', { types: ['order.placed', 'order.*', '#', Placed, Tick] })
    const shop = await agent('shop', 'near')
    for (const n of numbers(5)) {
      await shop.publish(Placed, { n })
      await shop.publish(Tick, { n })
    }
    await settle()
    expect([numbersOf(got), ticks]).toEqual([numbers(5), numbers(5)])
    expect(await counted([crossing], 'forwarded')).toBe(10)
  })

  it('crosses only when it is of the types that do', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const billing = await agent('billing', 'far')
    const seen: string[] = []
    await billing.subscribePattern('#', (_, { header }) => void seen.push(header.type))
    await bridge('near', 'far', { types: ['order.placed'] })
    const shop = await agent('shop', 'near')
    await shop.publish(Shipped, { n: 1 })
    await shop.publish(Placed, { n: 1 })
    await settle()
    expect(seen).toEqual(['order.placed'])
  })

  it('finds nobody there without a fault, and is counted as unheard', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const crossing = await bridge('near', 'far')
    await (await agent('shop', 'near')).publish(Placed, { n: 1 })
    await settle()
    expect((await crossing.health()).counters).toMatchObject({ forwarded: 1, unheard: 1, rejected: 0 })
  })

  it('is told to the publisher as what the near side did with it, no more', async () => {
    const { agent, bridge, namespace } = bridgeWorld()
    const far = breakableWire()
    far.faults.failure = new Error('down')
    await bridge('near', 'far', { to: { transport: far(), namespace: namespace('far') } })
    const receipt = await (await agent('shop', 'near')).publish(Placed, { n: 1 })
    expect(receipt.evidence).toBe('accepted')
  })

  it('reaches the inbox of an agent that is named, and of no other', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const billing = await listens(await agent('billing', 'far'))
    await bridge('near', 'far', { types: [], agents: ['billing'] })
    const shop = await agent('shop', 'near')
    await shop.publish(Placed, { n: 1 }, { to: 'billing' })
    await expect(shop.publish(Placed, { n: 2 }, { to: 'audit' })).rejects.toMatchObject({ code: 'SM_ROUTE_NONE' })
    await settle()
    expect(billing).toMatchObject([{ n: 1, header: { to: 'billing' } }])
  })
})

describe('several instances', () => {
  it.each([1, 2, 3])('%i forward each message once, and share the load', async count => {
    const { agent, bridge, settle } = bridgeWorld()
    const got = await listens(await agent('billing', 'far'))
    const direct: number[] = []
    const desk = await agent('desk', 'far')
    await desk.subscribe(Placed, ({ n }) => void direct.push(n), { only: 'direct' })
    const instances = []
    for (const _ of numbers(count)) instances.push(await bridge('near', 'far', { agents: ['desk'] }))
    const shop = await agent('shop', 'near')
    for (const n of numbers(90)) {
      await shop.publish(Placed, { n })
      await shop.publish(Placed, { n }, { to: 'desk' })
    }
    await settle()
    expect(numbersOf(got).sort((a, b) => a - b)).toEqual(numbers(90))
    expect(direct.sort((a, b) => a - b)).toEqual(numbers(90))
    expect(await counted(instances, 'forwarded')).toBe(180)
    for (const each of instances) expect(await counted([each], 'forwarded')).toBeGreaterThan(0)
  })

  it('take over what one held that stopped without a drain', async () => {
    const { agent, bridge, settle, clock, namespace } = bridgeWorld()
    const far = breakableWire()
    const to = { transport: far(), namespace: namespace('far') }
    const got = await listens(await agent('billing', 'far', { transports: [far()] }))
    const first = await bridge('near', 'far', { to })
    far.faults.failure = new Error('down')
    const shop = await agent('shop', 'near')
    for (const n of numbers(5)) await shop.publish(Placed, { n })
    await settle()
    const second = await bridge('near', 'far', { to })
    await first.stop({ drain: false })
    far.faults.failure = undefined
    await clock.advance(10_000)
    expect(numbersOf(got).sort()).toEqual(numbers(5))
    expect(await counted([first, second], 'forwarded')).toBe(5)
  })
})

describe('a stop', () => {
  it('carries over what was taken, and closes both wires', async () => {
    const { agent, bridge, settle, clock, namespace } = bridgeWorld()
    const far = breakableWire()
    const got = await listens(await agent('billing', 'far', { transports: [far()] }))
    const crossing = await bridge('near', 'far', { to: { transport: far(), namespace: namespace('far') } })
    far.faults.failure = new Error('down')
    const shop = await agent('shop', 'near')
    for (const n of numbers(3)) await shop.publish(Placed, { n })
    await settle()
    const stopped = crossing.stop()
    expect((await crossing.health()).state).toBe('stopping')
    far.faults.failure = undefined
    await clock.advance(1_000)
    await stopped
    expect(numbersOf(got)).toEqual(numbers(3))
    expect(await crossing.health()).toMatchObject({
      state: 'stopped',
      from: { state: 'stopped' },
      to: { state: 'stopped' },
    })
    await crossing.stop()
    await crossing[Symbol.asyncDispose]()
  })

  it('ends its drain when the time is over, or a later call says so: the near side keeps what did not cross', async () => {
    const { agent, bridge, settle, clock, namespace } = bridgeWorld()
    const far = breakableWire()
    const to = { transport: far(), namespace: namespace('far') }
    const got = await listens(await agent('billing', 'far', { transports: [far()] }))
    const shop = await agent('shop', 'near')
    far.faults.failure = new Error('down')
    const late = await bridge('near', 'far', { to })
    await shop.publish(Placed, { n: 1 })
    await settle()
    const stopped = late.stop({ timeoutMs: 500 })
    await clock.advance(500)
    await stopped
    const hurried = await bridge('near', 'far', { to })
    await settle()
    const slow = hurried.stop()
    await hurried.stop({ drain: false })
    await slow
    far.faults.failure = undefined
    await bridge('near', 'far', { to })
    await clock.advance(1_000)
    expect(numbersOf(got)).toEqual([1])
  })
})

it('health names both sides, and says when one has lost its wire', async () => {
  const { bridge, namespace } = bridgeWorld()
  const far = breakableWire()
  const crossing = await bridge('near', 'far', { to: { transport: far(), namespace: namespace('far') } })
  expect(await crossing.health()).toMatchObject({
    state: 'ready',
    from: { transport: 'memory', namespace: namespace('near'), state: 'ready' },
    to: { transport: far.definition.name, namespace: namespace('far') },
    busySenders: 0,
    replyInboxes: 0,
    awaitedReplies: 0,
  })
  far.faults.away = true
  expect((await crossing.health()).state).toBe('degraded')
})

it('an agent and a bridge of the same process need no other option than their namespaces', async () => {
  const { namespace, settle, bridge } = bridgeWorld()
  await using shop = await createAgent('shop', { namespace: namespace('near'), logger: 'silent' })
  await using billing = await createAgent('billing', { namespace: namespace('far'), logger: 'silent' })
  const got = await listens(billing)
  await bridge('near', 'far')
  await shop.publish(Placed, { n: 7 })
  await settle()
  expect(numbersOf(got)).toEqual([7])
})
