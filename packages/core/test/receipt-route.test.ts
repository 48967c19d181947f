import { expect, it } from 'vitest'
import { transportError } from '../src/errors/index.ts'
import { failureOf, OrderPlaced, take } from './orders.ts'
import { shopWithWires } from './several-wires.ts'
import { sideWorld } from './side-world.ts'

const refused = () => transportError('SM_PUBLISH_FAILED', 'refused', { details: { outcome: 'failed' } })

it('names the one wire that took a message at once', async () => {
  const { shop, names } = await shopWithWires(2)
  const { route } = await shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
  expect(route).toEqual([{ transport: names[0], evidence: 'persisted' }])
})

it.each([1, 2])('tells how long a wire took to answer, of %i', async count => {
  const { shop, names, wires, clock } = await shopWithWires(count, { takes: false })
  const sent = shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
  await clock.advance(70)
  wires[0].pending[0]?.take()
  expect((await sent).route).toEqual([{ transport: names[0], evidence: 'persisted', roundTripMs: 70 }])
})

it('tells which wires refused a message before one took it, and in which order', async () => {
  const { shop, names, wires, clock, settle } = await shopWithWires(3, { takes: false })
  const sent = shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' })
  wires[0].pending[0]?.refuse(refused())
  await settle()
  wires[1].leaves = false
  wires[1].pending.splice(0, 1, { ...(wires[1].pending[0] as (typeof wires)[1]['pending'][0]), hasLeft: false })
  wires[1].lifecycle.become('degraded')
  await clock.advance(30)
  wires[2].pending[0]?.take()
  const { route, transports } = await sent
  expect(transports).toEqual([names[2]])
  expect(route).toMatchObject([
    { transport: names[0], failure: { code: 'SM_PUBLISH_FAILED', outcome: 'failed' } },
    { transport: names[1], failure: { code: 'SM_PUBLISH_RECALLED', outcome: 'failed' } },
    { transport: names[2], evidence: 'persisted', roundTripMs: 30 },
  ])
})

it('stands in the error when all refuse', async () => {
  const { shop, names, wires, settle } = await shopWithWires(2, { takes: false })
  const failure = failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))
  for (const wire of wires) {
    wire.pending[0]?.refuse(refused())
    await settle()
  }
  expect(await failure).toMatchObject({
    code: 'SM_PUBLISH_FAILED',
    details: { outcome: 'failed', route: [{ transport: names[0] }, { transport: names[1] }] },
  })
})

it('of a broadcast names each wire, and that of the receiver the one that brought it', async () => {
  const { agent, settle, both, name } = sideWorld()
  const [shop, billing] = [await agent('shop', both), await agent('billing', both)]
  const { contexts } = take(billing)
  await settle()
  const receipt = await shop.publish(OrderPlaced, { n: 1 }, { via: 'all' })
  await settle()
  expect(receipt.route).toEqual([
    { transport: 'memory', evidence: 'accepted' },
    { transport: name, evidence: 'accepted' },
  ])
  expect(contexts.map(({ route }) => route)).toEqual([{ transport: 'memory', attempt: 1 }])
  expect(receipt.route).toBe(receipt.route)
})

it('is empty where nobody subscribes', async () => {
  const { agent, both } = sideWorld()
  expect((await (await agent('shop', both)).publish(OrderPlaced, { n: 1 })).route).toEqual([])
})
