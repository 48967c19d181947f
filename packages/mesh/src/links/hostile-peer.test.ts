import { createSeededRandom } from '@sm/core/testing'
import type { Delivery } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { helloBytes, Mutator, valid } from '../../test/hostile.ts'
import { createWorld, makeFrame, settle, topic, topicSpec } from '../../test/world.ts'

const long = process.env.SM_LONG === '1'
const frames = long ? 1_000_000 : 50_000
const seed = Number(process.env.SM_SEED ?? 1)
/** A link seldom outlives the first of them, so each peer sends few. */
const perPeer = 2
const perRound = 50

async function createScene() {
  const world = createWorld()
  const codes = new Map<string, number>()
  const metrics = {
    count: (name: string, value: number, { code = '' }) => {
      if (name === 'smartmessage.mesh.faults') codes.set(code, (codes.get(code) ?? 0) + value)
    },
    record: () => undefined,
  }
  const billing = await world.open('billing', { graceMs: 1, maxFrameBytes: 1_000_000 }, metrics)
  const shop = await world.open('shop')
  const [here, there]: [string[], string[]] = [[], []]
  // Ids alone: a frame keeps the bytes alive that it came in.
  const taker = (ids: string[]) => (delivery: Delivery) => {
    ids.push(delivery.frame.header.id)
    delivery.ack()
  }
  await billing.subscribe(topicSpec('billing'), taker(here)).ready
  await shop.subscribe(topicSpec('shop'), taker(there)).ready
  await settle()
  const [wire] = world.net.wires
  const location = wire?.remote as string
  return { world, billing, shop, here, there, codes, location }
}

/** Everything that the process holds, in bytes. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it(`${frames} mutated packets, before and after the handshake, harm nobody else`, {
  timeout: long ? 900_000 : 60_000,
}, async () => {
  const { world, billing, shop, here, there, codes, location } = await createScene()
  const mutator = new Mutator(createSeededRandom(seed))
  const strange = () => mutator.mutate(valid[mutator.below(valid.length)] as Buffer)
  const before = held()
  let sent = 0
  let rounds = 0
  let most = 0
  while (sent < frames) {
    const peers = Array.from({ length: perRound }, () => world.net.dial(location))
    for (const peer of peers) {
      peer.open({ data: () => undefined, drain: () => undefined, closed: () => undefined })
      const hello = helloBytes(world.ids.next())
      const first = mutator.below(8) === 0 ? mutator.mutate(hello) : hello
      const good = Array.from({ length: mutator.below(4) }, () => valid[mutator.below(valid.length - 2)] as Buffer)
      const stream = Buffer.concat([first, ...good, ...Array.from({ length: perPeer }, strange)])
      const cut = mutator.below(stream.length)
      peer.pour(stream.subarray(0, cut))
      peer.pour(stream.subarray(cut))
      sent += perPeer
    }
    void Promise.resolve(billing.publish(makeFrame(`b${rounds}`, 1), topic)).catch(() => undefined)
    const { evidence } = await shop.publish(makeFrame(`s${rounds}`, 1), topic)
    expect(evidence).toBe('accepted')
    await settle(2)
    for (const peer of peers) peer.destroy()
    await settle(3)
    await world.clock.advance(2)
    rounds += 1
    if (rounds % 100 === 0) most = Math.max(most, held() - before)
  }
  await settle()
  const own = (id: string) => /^[bs]\d+$/.test(id)
  const expected = Array.from({ length: rounds }, (_, i) => [`b${i}`, `s${i}`])
    .flat()
    .sort()
  expect(here.filter(own).sort()).toEqual(expected)
  expect(there.filter(own).sort()).toEqual(expected)
  expect(billing.health().details).toMatchObject({ links: 1, waiting: 0, queued: 0 })
  const counted = [...codes.values()].reduce((sum, count) => sum + count, 0)
  expect(counted).toBe(billing.health().details.faults)
  expect(counted).toBeGreaterThan(sent / perPeer / 3)
  expect([...codes.keys()].filter(code => !code.startsWith('SM_'))).toEqual([])
  expect(most).toBeLessThan(300_000_000)
})
