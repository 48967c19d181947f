import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { lanetPublicKey, TrustedKeys } from '../src/index.ts'
import { toPeer } from './board.ts'
import { consume, linked, makeFrame, type Participant, topic, World } from './world.ts'

const networkKey = () => randomBytes(32).toString('base64')

/** Both have tried, and neither has a link. */
async function estranged(participants: readonly Participant[], codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    await eventually(
      () => `a fault ${code}; there are ${participants.map(({ faults }) => [...new Set(faults)])}`,
      () => participants.some(({ faults }) => faults.includes(code)),
    )
  }
  for (const { transport } of participants) assert.equal(transport.health().details.links, 0)
}

describe('a network key', () => {
  it('links those who have it, whatever machines they are on', async () => {
    await using world = new World()
    const key = networkKey()
    const shop = await world.open('shop', { networkKey: key }, 'one')
    await world.open('billing', { networkKey: key }, 'two')
    await linked(shop)
  })

  it('keeps out those who have another, without a call where discovery tells it', async () => {
    await using world = new World()
    const shop = await world.open('shop', { networkKey: networkKey() }, 'one')
    const other = await world.open('other', { networkKey: networkKey() }, 'two')
    const billing = await world.open('billing', { networkKey: networkKey() }, 'three')
    await new Promise(resolve => setTimeout(resolve, 300))
    for (const { transport, faults } of [shop, other, billing]) {
      assert.equal(transport.health().details.links, 0)
      assert.deepEqual(faults, [])
    }
  })

  it('keeps out those who have another and call all the same: a coded fault on both sides', async () => {
    await using world = new World()
    world.board.view = (_, seen) => ({ ...toPeer(seen), network: undefined })
    const shop = await world.open('shop', { networkKey: networkKey() }, 'one')
    const other = await world.open('other', { networkKey: networkKey() }, 'two')
    await estranged([shop], ['SM_LANET_HANDSHAKE'])
    await estranged([other], ['SM_LANET_HANDSHAKE'])
    const failed = () => Number(shop.transport.health().details.failedHandshakes)
    await eventually('handshakes that are counted', () => failed() > 2)
  })

  it('does not link to those who trust a list of public keys', async () => {
    await using world = new World()
    world.board.view = (_, seen) => ({ ...toPeer(seen), network: undefined })
    const publicKeys = [await lanetPublicKey(world.keys('one')), await lanetPublicKey(world.keys('two'))]
    const shop = await world.open('shop', { networkKey: networkKey() }, 'one')
    const other = await world.open('other', { publicKeys }, 'two')
    await estranged([shop, other], ['SM_LANET_HANDSHAKE'])
  })
})

describe('a list of public keys', () => {
  it('links those whose keys are in each other’s list, and nobody else', async () => {
    await using world = new World()
    world.board.view = (_, seen) => ({ ...toPeer(seen), fingerprint: undefined })
    const [one, two] = [await lanetPublicKey(world.keys('one')), await lanetPublicKey(world.keys('two'))]
    const shop = await world.open('shop', { publicKeys: [two] }, 'one')
    const billing = await world.open('billing', { publicKeys: [one] }, 'two')
    await linked(shop)
    // It trusts them, but they do not know it.
    const stranger = await world.open('stranger', { publicKeys: [one, two] }, 'three')
    await estranged([stranger], ['SM_LANET_HANDSHAKE'])
    for (const { transport, faults } of [shop, billing]) {
      assert.equal(transport.health().details.links, 1)
      assert.ok(faults.includes('SM_LANET_UNTRUSTED'))
    }
  })

  it('with a network key needs both', async () => {
    await using world = new World()
    world.board.view = (_, seen) => ({ ...toPeer(seen), network: undefined, fingerprint: undefined })
    const [one, two] = [await lanetPublicKey(world.keys('one')), await lanetPublicKey(world.keys('two'))]
    const key = networkKey()
    const shop = await world.open('shop', { networkKey: key, publicKeys: [two] }, 'one')
    await world.open('billing', { networkKey: key, publicKeys: [one] }, 'two')
    await linked(shop)
    const keyAlone = await world.open('keyed', { networkKey: key }, 'three')
    await estranged([keyAlone], ['SM_LANET_HANDSHAKE'])
    const listed = await world.open('listed', { networkKey: networkKey(), publicKeys: [one] }, 'two')
    await estranged([listed], ['SM_LANET_HANDSHAKE'])
    assert.ok(shop.faults.includes('SM_LANET_UNTRUSTED'))
    assert.equal(shop.transport.health().details.links, 1)
  })

  it('can change: a revoked machine is gone at once, and back when it is allowed again', async () => {
    await using world = new World()
    const [one, two] = [await lanetPublicKey(world.keys('one')), await lanetPublicKey(world.keys('two'))]
    const trusted = new TrustedKeys([two])
    const shop = await world.open('shop', { publicKeys: trusted }, 'one')
    const billing = await world.open('billing', { publicKeys: [one] }, 'two')
    const deliveries = await consume(billing)
    await linked(shop)
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    await shop.transport.publish(makeFrame('before'), topic)
    trusted.revoke(two)
    const gone = performance.now()
    await linked(shop, 0)
    assert.ok(performance.now() - gone < 2_000, 'The link outlived its trust')
    assert.ok(shop.faults.includes('SM_LANET_UNTRUSTED'))
    assert.deepEqual(await shop.transport.publish(makeFrame('meanwhile', 'at-most-once'), topic), {
      evidence: 'none',
      copies: 0,
    })
    // The other one goes on trying, in vain.
    await eventually('a try of the revoked one', () => billing.faults.includes('SM_LANET_HANDSHAKE'))
    assert.equal(shop.transport.health().details.links, 0)
    trusted.allow(two)
    await linked(shop)
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    await shop.transport.publish(makeFrame('after'), topic)
    await eventually('what was sent after', () => deliveries.length === 2)
    assert.deepEqual(
      deliveries.map(({ frame }) => frame.body.value()),
      ['before', 'after'],
    )
  })
})

describe('an identity', () => {
  it('that a link has cannot be claimed by another machine', async () => {
    await using world = new World()
    const networkKeyOfAll = networkKey()
    const shop = await world.open('shop', { networkKey: networkKeyOfAll }, 'one')
    const billing = await world.open('billing', { networkKey: networkKeyOfAll }, 'two')
    await linked(shop)
    world.board.view = (viewer, seen) => (viewer.fingerprint === seen.fingerprint ? undefined : toPeer(seen))
    const thief = await world.open('billing', { networkKey: networkKeyOfAll }, 'three', billing.instance)
    await estranged([thief], [])
    await eventually('the theft was told', () => shop.faults.includes('SM_LANET_IDENTITY'))
    assert.equal(shop.transport.health().details.links, 1)
    assert.equal(thief.transport.health().details.links, 0)
  })

  it('that is not the one that was called ends the call', async () => {
    await using world = new World()
    const key = networkKey()
    // A caller of billing ends up at the impostor, who has the network key too.
    world.board.view = (_, seen) => {
      const impostor = world.board.announcements.find(({ agent }) => agent === 'impostor')
      if (seen.agent === 'impostor') return undefined
      return toPeer(seen.agent === 'billing' ? { ...seen, port: impostor?.port ?? seen.port } : seen)
    }
    await world.open('impostor', { networkKey: key }, 'three')
    await world.open('billing', { networkKey: key }, 'two')
    const shop = await world.open('shop', { networkKey: key }, 'one')
    await eventually('a call of the wrong one', () => shop.faults.includes('SM_LANET_IDENTITY'))
  })
})
