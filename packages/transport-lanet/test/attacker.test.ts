import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Attacker, type Direction, type Fate } from './attacker.ts'
import { toPeer } from './board.ts'
import { consume, linked, makeFrame, topic, World } from './world.ts'

/** Two agents, and somebody between them whatever way they call. */
async function world(): Promise<World & { readonly attackers: readonly Attacker[] }> {
  const attackers = [await new Attacker().open(), await new Attacker().open()] as const
  const own = new World()
  const [shop, billing] = attackers
  own.board.view = (_, seen) => {
    const attacker = seen.agent === 'shop' ? shop : billing
    attacker.target = seen.port
    return toPeer({ ...seen, port: attacker.port })
  }
  const dispose = own[Symbol.asyncDispose].bind(own)
  return Object.assign(own, {
    attackers,
    async [Symbol.asyncDispose]() {
      for (const attacker of attackers) attacker.close()
      await dispose()
    },
  })
}

/** The first records of each direction are the handshake. */
const handshakeRecords = 2

function flipped(record: Buffer, bit: number): Buffer {
  const at = bit >> 3
  record[at] = (record[at] as number) ^ (1 << (bit & 7))
  return record
}

/** The change of a record of a link, and the code of the fault that it must be. */
const attacks: Readonly<
  Record<string, { readonly code: string; readonly fate: (record: Buffer) => Fate; readonly holds?: true }>
> = {
  'flips a bit of': {
    code: 'SM_LANET_TAMPERED',
    fate: record => ({ pieces: [flipped(record, 16 + Math.floor(Math.random() * (record.length - 2) * 8))] }),
  },
  repeats: { code: 'SM_LANET_TAMPERED', fate: record => ({ pieces: [record, record] }) },
  drops: { code: 'SM_LANET_TAMPERED', fate: () => ({ pieces: [] }) },
  'puts garbage before': {
    code: 'SM_LANET_TAMPERED',
    fate: record => ({ pieces: [Buffer.concat([Buffer.from([0, 40]), randomBytes(40)]), record] }),
  },
  'puts something empty before': {
    code: 'SM_LANET_TAMPERED',
    fate: record => ({ pieces: [Buffer.from([0, 0]), record] }),
  },
  'changes the order of two, of which one is': { code: 'SM_LANET_TAMPERED', fate: () => ({ pieces: [] }), holds: true },
  'cuts off the end of': {
    code: 'SM_LANET_TRUNCATED',
    fate: record => ({ pieces: [record.subarray(0, record.length - 1)], end: true }),
  },
  'cuts the connection after': { code: 'SM_MESH_LINK_LOST', fate: record => ({ pieces: [record], end: true }) },
}

describe('somebody in the middle', () => {
  for (const [what, { code, fate, holds }] of Object.entries(attacks)) {
    it(`who ${what} a record ends the link with ${code}, and nothing is lost`, async () => {
      await using place = await world()
      let attacksLeft = 6
      let held: Buffer | undefined
      for (const attacker of place.attackers) {
        const done = new Set<number>()
        attacker.onRecord = (record, direction: Direction, number, connection) => {
          // Each time in the other direction, and each time a little later.
          const due = number >= handshakeRecords + 2 + attacksLeft && (direction === 'to') === (attacksLeft % 2 === 0)
          if (held) {
            const pieces = [record, held]
            held = undefined
            return { pieces }
          }
          if (attacksLeft === 0 || done.has(connection) || !due) return { pieces: [record] }
          done.add(connection)
          attacksLeft -= 1
          if (holds) held = record
          return fate(record)
        }
      }
      // One side calls, so that there is one link at a time, and each attack is on the one that is used.
      const { view } = place.board
      place.board.view = (viewer, seen) => (viewer.agent === 'shop' ? view(viewer, seen) : undefined)
      const options = { heartbeatMs: 50, deadAfterMs: 5_000 }
      const billing = await place.open('billing', options)
      const deliveries = await consume(billing)
      const shop = await place.open('shop', options)
      await eventually('a route', () => shop.transport.routes(topic).length > 0)
      const accepted: number[] = []
      for (let i = 0; attacksLeft > 0 || i < 100; i++) {
        assert.ok(i < 20_000, `${attacksLeft} attacks have not come to pass`)
        const receipt = await shop.transport.publish(makeFrame(i), topic)
        if (receipt.evidence === 'accepted') accepted.push(i)
        if (i % 5 === 0) await new Promise(resolve => setTimeout(resolve, 2))
      }
      const values = () => new Set(deliveries.map(({ frame }) => frame.body.value()))
      await eventually('all that was accepted', () => accepted.every(i => values().has(i)))
      const all = () => [...shop.faults, ...billing.faults]
      await eventually(
        () => `six faults ${code}; there are ${all()}`,
        () => all().filter(fault => fault === code).length >= 6,
      )
      const faults = all()
      assert.ok(
        faults.every(fault => /^SM_/.test(fault)),
        `There are ${faults}`,
      )
      await linked(shop)
    })
  }

  it('who changes the handshake gets no link, and coded faults', async () => {
    await using place = await world()
    let bit = 0
    for (const attacker of place.attackers) {
      attacker.onRecord = (record, direction, number) => {
        const last = direction === 'to' ? 1 : 0
        if (number !== (bit % 2 === 0 ? last : 0)) return { pieces: [record] }
        bit += 7
        return { pieces: [flipped(record, 16 + (bit % ((record.length - 2) * 8)))] }
      }
    }
    const shop = await place.open('shop')
    const billing = await place.open('billing')
    await eventually('many tries', () => bit > 200)
    const faults = new Set([...shop.faults, ...billing.faults])
    assert.ok(faults.has('SM_LANET_HANDSHAKE'))
    assert.deepEqual(
      [...faults].filter(fault => !fault.startsWith('SM_')),
      [],
    )
    for (const { transport } of [shop, billing]) assert.equal(transport.health().details.links, 0)
  })

  it('who repeats all that a caller has said gets nowhere, and nothing is handled twice', async () => {
    await using place = await world()
    const shop = await place.open('shop')
    const billing = await place.open('billing')
    const [atShop, atBilling] = [await consume(shop), await consume(billing)]
    await eventually('routes', () => shop.transport.routes(topic).length === 2)
    for (let i = 0; i < 20; i++) {
      await shop.transport.publish(makeFrame(i), topic)
      await billing.transport.publish(makeFrame(i), topic)
    }
    await eventually('all', () => atShop.length + atBilling.length === 40)
    const failed = () =>
      Number(shop.transport.health().details.failedHandshakes) +
      Number(billing.transport.health().details.failedHandshakes)
    const before = failed()
    let replays = 0
    for (const { recorded, target } of place.attackers) {
      for (const { to } of [...recorded]) {
        const socket = connect(target, '127.0.0.1')
        await new Promise(resolve => {
          socket.on('error', resolve).on('close', resolve)
          socket.resume()
          for (const record of to) socket.write(record)
        })
        replays += 1
      }
    }
    assert.ok(replays > 0)
    await eventually('failed handshakes', () => failed() >= before + replays)
    assert.equal(atShop.length + atBilling.length, 40)
    for (const { transport } of [shop, billing]) assert.equal(transport.health().details.links, 1)
  })

  it('sees neither payloads nor names', async () => {
    await using place = await world()
    const shop = await place.open('shop')
    const billing = await place.open('billing')
    const deliveries = await consume(billing, 'accounting')
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    await shop.transport.publish(makeFrame({ marker: 'in the clear' }), topic)
    await shop.transport.publish(makeFrame({ marker: 'in the clear', long: 'in the clear '.repeat(5_000) }), topic)
    await eventually('both', () => deliveries.length === 2)
    const bytes = Buffer.concat(place.attackers.map(attacker => attacker.bytes))
    assert.ok(bytes.length > 5_000)
    for (const text of [
      'in the clear',
      'marker',
      'shop',
      'billing',
      'accounting',
      'order.placed',
      shop.instance,
      'namespace',
    ]) {
      assert.ok(!bytes.includes(text), `It sees ${text}`)
    }
  })
})
