import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Program } from '../../../tooling/test/program.ts'
import { openCredentials } from '../src/keys/credentials.ts'
import { HostileCaller } from './hostile-caller.ts'
import { isLong } from './long.ts'
import { createMutator } from './mutator.ts'
import { linked, makeFrame, topic, World } from './world.ts'

/** How much faster the victim's clock runs, so that the pace of handshakes is no limit for the attacker. */
const haste = 100

describe('somebody who has the network key and keeps to no rule', () => {
  const total = isLong ? 100_000 : 4_000
  const seed = Number(process.env.SM_SEED ?? 20_261_121)

  it(`harms nobody with ${total} changed handshakes and frames, and each fault is counted`, {
    timeout: isLong ? 1_800_000 : 120_000,
  }, async ({ annotate }) => {
    await using world = new World()
    const networkKey = randomBytes(32).toString('base64')
    const options = {
      networkKey,
      host: '127.0.0.1',
      keyDirectory: world.keys('victim'),
      handshakeMs: 10_000 * haste,
      heartbeatMs: 1_000 * haste,
      deadAfterMs: 20_000 * haste,
      rekeyMs: 500 * haste,
    }
    const program = new URL('programs/victim.ts', import.meta.url)
    const victim = new Program(program, { base: join(world.base, 'board'), agent: 'victim', haste, options })
    try {
      const { instance, port } = (await victim.heard('ready')) as unknown as { instance: string; port: number }
      world.board.guests.push({
        agent: 'victim',
        instance,
        addresses: [`127.0.0.1:${port}`],
        fingerprint: undefined,
        network: undefined,
        by: 'peers',
      })
      const steady = await world.open('steady', { networkKey })
      await linked(steady)
      await eventually('a route', () => steady.transport.routes(topic).length > 0)
      let attacked = true
      const exchange = (async () => {
        const ids: string[] = []
        while (attacked) {
          const frame = makeFrame({ n: ids.length }, 'at-least-once', 'steady')
          const { evidence } = await steady.transport.publish(frame, topic)
          assert.equal(evidence, 'accepted')
          ids.push(frame.header.id)
          await new Promise(resolve => setTimeout(resolve, 2))
        }
        return ids
      })()
      // Looked at in the end; if something else fails first, that is what is to be told.
      exchange.catch(() => undefined)

      const credentials = await openCredentials({ networkKey, keyDirectory: world.keys('hostile') })
      const mutator = createMutator(seed)
      const caller = new HostileCaller(port, credentials, mutator)
      const done = { handshakes: 0, records: 0, frames: 0, links: 0 }
      const attack = async (most: number) => {
        const until = done.handshakes + done.records + done.frames + most
        const work = async () => {
          while (done.handshakes + done.records + done.frames < until) {
            const what = mutator.below(8)
            if (what < 3) {
              done.handshakes += 1
              await caller.changedHandshake()
            } else if (what < 6) {
              done.records += 1
              await caller.changedRecord()
            } else {
              done.frames += await caller.changedFrames(40)
              done.links += 1
            }
          }
        }
        await Promise.all(Array.from({ length: 8 }, work))
      }
      // A first round fills what is kept for ever: caches and compiled code.
      await attack(1_000)
      const memory = async () => Number((await victim.ask('memory')).bytes)
      const [before, descriptors] = [await memory(), victim.descriptors]
      await attack(total)
      attacked = false
      const ids = await exchange
      assert.equal(victim.end, undefined, `The victim ended (seed ${seed})`)

      const report = await eventually('everyone else has gone', async () => {
        const found = await victim.ask('report')
        return found.links === 1 && found.strangers === 0 && found
      })
      const kept = (await memory()) - before
      assert.ok(kept < 8 * 1_048_576, `The victim keeps ${kept} bytes (seed ${seed})`)
      assert.ok(victim.descriptors <= descriptors + 2, 'A descriptor was leaked')

      const handled = new Map(report.handled as [string, number][])
      assert.deepEqual(
        [...handled].filter(([, times]) => times !== 1),
        [],
      )
      assert.deepEqual(
        ids.filter(id => !handled.has(id)),
        [],
        'Some messages of another were lost',
      )
      assert.ok(ids.length > 100, `Others could exchange only ${ids.length} messages meanwhile`)

      assert.equal(report.failedHandshakes, done.handshakes)
      assert.equal(report.refusedConnections, 0)
      const complaints = new Map(report.complaints as [string, number][])
      assert.deepEqual(
        [...complaints.keys()].filter(code => !code.startsWith('SM_')),
        [],
      )
      for (const code of ['SM_LANET_HANDSHAKE', 'SM_LANET_TAMPERED', 'SM_MESH_PROTOCOL'])
        assert.ok(complaints.has(code))
      const facts = [...complaints].map(([code, count]) => `${code} ${count}`).join(', ')
      await annotate(
        `${done.handshakes} handshakes, ${done.records} records, ${done.frames} frames over ${done.links} links; told: ${facts}; kept ${Math.round(kept / 1_024)} KiB; others exchanged ${ids.length}`,
      )
    } finally {
      await victim.kill()
    }
  })
})
