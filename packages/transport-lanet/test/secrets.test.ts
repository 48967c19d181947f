import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { afterEach, describe, it, vi } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { lanet, TrustedKeys } from '../src/index.ts'
import { toPeer } from './board.ts'
import { consume, linked, makeFrame, topic, World } from './world.ts'

/** Every way in which bytes may be written down. */
function formsOf(secret: Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret)
  const part = bytes.subarray(0, 12)
  return [
    part.toString('hex'),
    part.toString('base64'),
    part.toString('base64url'),
    part.toString('latin1'),
    [...part].join(','),
    [...part].join(', '),
    [...part].map(byte => byte.toString(16).padStart(2, '0')).join(' '),
  ]
}

const show = (value: unknown) =>
  inspect(value, { depth: 12, maxArrayLength: 1_000, maxStringLength: 100_000, breakLength: 1e6, showHidden: false })

afterEach(() => vi.unstubAllEnvs())

describe('keys and payloads', () => {
  it('are in no log, error, event or health of a whole life', async () => {
    await using world = new World()
    const networkKey = randomBytes(32)
    const payload = 'a payload that is nobody else’s business'
    const told: unknown[] = []
    world.board.view = (_, seen) => ({ ...toPeer(seen), network: undefined })
    const options = { networkKey: networkKey.toString('base64'), rekeyBytes: 500 }
    const shop = await world.open('shop', options, 'one')
    const billing = await world.open('billing', options, 'two')
    for (const { transport } of [shop, billing]) {
      for (const name of ['state', 'routes', 'peer'] as const) transport.on(name, event => told.push(event))
    }
    const deliveries = await consume(billing)
    await linked(shop)
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    for (let i = 0; i < 20; i++) await shop.transport.publish(makeFrame({ i, payload }), topic)
    await eventually('all', () => deliveries.length === 20)

    // Everything that can go wrong.
    const failures = [
      (async () => shop.transport.publish(makeFrame(payload.repeat(50_000)), topic))(),
      world.open('bad', { networkKey: payload }),
      world.open('bad', { publicKeys: [payload] }),
      world.open('bad', { port: Number(shop.transport.health().details.port), ...options }),
    ]
    for (const failure of failures)
      told.push(
        await Promise.resolve(failure).then(
          () => assert.fail(),
          error => error,
        ),
      )
    const outsider = await world.open('outsider', { networkKey: randomBytes(32).toString('base64') }, 'three')
    await eventually('a handshake that fails', () => outsider.faults.includes('SM_LANET_HANDSHAKE'))
    const trusted = new TrustedKeys()
    const listed = await world.open('listed', { publicKeys: trusted }, 'four')
    const stranger = connect(Number(shop.transport.health().details.port), '127.0.0.1')
    stranger.on('error', () => {}).end(Buffer.concat([Buffer.from([0, 48]), networkKey, randomBytes(16)]))
    await new Promise(resolve => stranger.on('close', resolve).resume())
    for (const { transport } of [shop, billing, outsider, listed])
      told.push(transport.health(), transport.discover(), transport)
    told.push(trusted, shop.transport.capabilities)
    await billing.transport.stop()
    await linked(shop, 0)

    const text = `${show(world.diary.entries)}${show(told)}${JSON.stringify(told.map(one => String(one)))}`
    assert.ok(world.diary.entries.length > 0)
    assert.ok(text.includes('SM_LANET_HANDSHAKE') && text.includes('SM_FRAME_TOO_LARGE'))
    const identities = ['one', 'two', 'three', 'four'].map(machine =>
      Buffer.from(readFileSync(join(world.keys(machine), 'lanet.identity'), 'utf8').trim(), 'base64url'),
    )
    for (const secret of [networkKey, ...identities, Buffer.from(payload)]) {
      for (const form of formsOf(secret)) assert.ok(!text.includes(form), `It tells ${form}`)
    }
  })

  it('are in nothing that an agent tells either', async () => {
    await using world = new World()
    const networkKey = randomBytes(32)
    const payload = 'a payload that is nobody else’s business'
    const Order = defineMessage('order.placed', {
      delivery: 'at-most-once',
      schema: unchecked<{ payload: string }>(),
    })
    const { logger, entries } = world.diary
    const told: unknown[] = []
    const transports = {
      lanet: {
        networkKey: networkKey.toString('base64'),
        keyDirectory: world.keys('one'),
        host: '127.0.0.1',
        mdns: false,
        heartbeatMs: 50,
      },
    }
    assert.equal(lanet.definition.name, 'lanet')
    const agent = await createAgent('shop', { namespace: 'test', transports, logger })
    await agent.subscribe(Order, () => assert.fail(new Error('a handler that fails'))).ready
    told.push(await agent.publish(Order, { payload }), await agent.health())
    told.push(
      await agent.publish(Order, { payload: payload.repeat(60_000) }).then(
        () => assert.fail(),
        error => error,
      ),
    )
    await agent.stop()
    told.push(
      await createAgent('bad', { transports: { lanet: { ...transports.lanet, networkKey: payload } }, logger }).catch(
        error => error,
      ),
    )
    const text = `${show(entries)}${show(told)}`
    assert.ok(text.includes('SM_LANET_KEY'))
    for (const form of [...formsOf(networkKey), payload]) assert.ok(!text.includes(form), `It tells ${form}`)
  })
})
