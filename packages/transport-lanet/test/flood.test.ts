import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Program } from '../../../tooling/test/program.ts'
import { isLong } from './long.ts'
import { linked, makeFrame, type Participant, topic, World } from './world.ts'

/** Frames a second that a peer confirms, over so many milliseconds. */
async function throughput({ transport }: Participant, ms: number): Promise<number> {
  const started = performance.now()
  let confirmed = 0
  const work = async () => {
    while (performance.now() - started < ms) {
      await transport.publish(makeFrame('x'.repeat(500)), topic)
      confirmed += 1
    }
  }
  await Promise.all(Array.from({ length: 256 }, work))
  return (confirmed * 1_000) / (performance.now() - started)
}

/** Returns the best of several: other work of the machine only takes away, so it says the most of what is measured. */
const best = (values: readonly number[]) => Math.max(...values)

/** Most rounds: on a busy machine it takes more of them until each side has had a quiet one. */
const rounds = 15

// How much throughput is left is asked on a quiet machine alone: beside other work a flood that stays the same takes more of what is left.
const left = isLong ? 0.5 : 0

describe('a flood of connections that authenticate nothing', () => {
  it(`leaves a link that exists ${isLong ? 'more than half of its throughput' : 'at work'}, and lets others in`, {
    timeout: 120_000,
  }, async ({ annotate }) => {
    await using world = new World()
    const networkKey = randomBytes(32).toString('base64')
    const options = { networkKey, host: '127.0.0.1', keyDirectory: world.keys('victim'), handshakeMs: 1_000 }
    const setting = { base: join(world.base, 'board'), agent: 'victim', haste: 1, options }
    const victim = new Program(new URL('programs/victim.ts', import.meta.url), setting)
    const programs = [victim]
    try {
      const { instance, port } = (await victim.heard('ready')) as unknown as { instance: string; port: number }
      const addresses = [`127.0.0.1:${port}`]
      const peer = {
        agent: 'victim',
        instance,
        addresses,
        fingerprint: undefined,
        network: undefined,
        by: 'peers',
      } as const
      world.board.guests.push(peer)
      const flooder = new Program(new URL('programs/flooder.ts', import.meta.url), { port, perSecond: 1_000 })
      programs.push(flooder)
      await flooder.heard('ready')
      const shop = await world.open('shop', { networkKey })
      await linked(shop)
      await eventually('a route', () => shop.transport.routes(topic).length > 0)
      await throughput(shop, 1_500)

      // In turns, so that whatever else the machine does meets both.
      const [calm, flooded]: [number[], number[]] = [[], []]
      let opened = 0
      const share = () => best(flooded) / best(calm)
      for (let i = 0; i < rounds && (i < 3 || share() <= left || opened <= 500); i++) {
        calm.push(await throughput(shop, 500))
        await flooder.ask('flood')
        flooded.push(await throughput(shop, 500))
        opened += Number((await flooder.ask('rest')).opened)
        await eventually('the flood has run off', async () => Number((await victim.ask('report')).strangers) === 0)
      }
      await flooder.ask('flood')
      const late = await world.open('late', { networkKey })
      await linked(late, 2)
      await flooder.ask('rest')

      const told = await victim.ask('report')
      const facts = `${opened} connections; ${Math.round(best(calm))} frames a second, ${Math.round(best(flooded))} in the flood (${share().toFixed(2)})`
      await annotate(facts)
      assert.ok(share() > left, facts)
      assert.ok(opened > 500, facts)
      assert.equal(shop.transport.health().details.links, 2)
      assert.deepEqual(shop.faults, [])
      const complaints = new Map(told.complaints as [string, number][])
      // The lines of a flood in a log do not grow with it.
      assert.ok([...complaints.values()].reduce((sum, count) => sum + count, 0) < 100)
    } finally {
      await Promise.all(programs.map(program => program.kill()))
    }
  })
})
