import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { LanetTransportOptions } from '../src/options.ts'
import { linked, type Participant, World } from './world.ts'

/** Somebody who connects and does not say who they are. */
class Stranger {
  readonly socket: Socket
  received = 0
  closed = false

  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress })
    this.socket.on('error', () => {})
    this.socket.on('data', chunk => {
      this.received += (chunk as Buffer).length
    })
    this.socket.on('close', () => {
      this.closed = true
    })
  }

  async connected(): Promise<this> {
    if (this.socket.connecting)
      await new Promise(resolve => this.socket.once('connect', resolve).once('close', resolve))
    return this
  }
}

async function victim(
  world: World,
  options: LanetTransportOptions = {},
): Promise<Participant & { readonly port: number }> {
  const shop = await world.open('shop', options)
  return { ...shop, port: Number(shop.transport.health().details.port) }
}

const details = ({ transport }: Participant) => transport.health().details

describe('somebody who connects', () => {
  it('and is silent, or slow, is dropped after the time for a handshake', async () => {
    await using world = new World()
    const shop = await victim(world, { handshakeMs: 400 })
    const silent = new Stranger(shop.port)
    const slow = new Stranger(shop.port)
    const bytes = Buffer.concat([Buffer.from([0, 48]), randomBytes(48)])
    let sent = 0
    const drip = setInterval(() => slow.socket.write(bytes.subarray(sent, ++sent)), 25)
    try {
      await eventually('both are dropped', () => silent.closed && slow.closed)
      assert.ok(sent < bytes.length)
      assert.ok(shop.faults.includes('SM_LANET_HANDSHAKE'))
      assert.equal(details(shop).failedHandshakes, 2)
      assert.equal(details(shop).strangers, 0)
    } finally {
      clearInterval(drip)
    }
  })

  it('and says what is too long, or no handshake, is dropped at once and gets no answer', async () => {
    await using world = new World()
    const shop = await victim(world, { handshakeMs: 60_000 })
    const says = async (bytes: Buffer) => {
      const stranger = await new Stranger(shop.port).connected()
      stranger.socket.write(bytes)
      await eventually('it is dropped', () => stranger.closed)
      return stranger.received
    }
    assert.equal(await says(Buffer.from('GET / HTTP/1.1\r\nHost: lan\r\n\r\n')), 0)
    assert.equal(await says(Buffer.from([255, 255])), 0)
    assert.equal(await says(Buffer.concat([Buffer.from([0, 3]), randomBytes(3)])), 0)
    assert.equal(await says(Buffer.concat([Buffer.from([0, 48]), randomBytes(48)])), 0)
    assert.equal(await says(randomBytes(1_000_000)), 0)
    assert.equal(details(shop).failedHandshakes, 5)
    // Of each code one a second is told, so that nobody fills a disk with our log.
    assert.ok(shop.faults.length < 5)
  })

  it('again and again has few places; others are not kept out by it', async () => {
    await using world = new World()
    const shop = await victim(world, { handshakeMs: 60_000, maxUnauthenticatedPerAddress: 3 })
    const strangers = await Promise.all(
      Array.from({ length: 10 }, () => new Stranger(shop.port, '127.0.0.2').connected()),
    )
    await eventually('the surplus is dropped', () => strangers.filter(({ closed }) => closed).length === 7)
    assert.equal(details(shop).strangers, 3)
    assert.equal(details(shop).refusedConnections, 7)
    assert.ok(shop.faults.includes('SM_LANET_FLOOD'))
    await world.open('billing')
    await linked(shop)
    assert.equal(details(shop).strangers, 3)
    await shop.transport.stop()
    await eventually('a stop leaves none', () => strangers.every(({ closed }) => closed))
  })

  it('from many addresses takes the places of those before, never of those who have a link', async () => {
    await using world = new World()
    const shop = await victim(world, { handshakeMs: 60_000, maxUnauthenticated: 4 })
    await world.open('billing')
    await linked(shop)
    const strangers: Stranger[] = []
    for (let i = 0; i < 12; i++) {
      strangers.push(await new Stranger(shop.port, `127.0.0.${2 + i}`).connected())
      await eventually(
        'it has come',
        () => Number(details(shop).strangers) + Number(details(shop).refusedConnections) === i + 1,
      )
    }
    await eventually('the first are dropped', () => strangers.slice(0, 8).every(({ closed }) => closed))
    assert.deepEqual(
      strangers.slice(8).map(({ closed }) => closed),
      [false, false, false, false],
    )
    await world.open('late')
    await linked(shop, 2)
  })
})
