import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { frameBytes } from '@sm/core/transport'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { consume, linked, makeFrame, topic, World } from './world.ts'

const limit = 1_048_576

/** Short enough to compare. */
const digest = (payload: unknown) =>
  createHash('sha256')
    .update(payload as Uint8Array)
    .digest('hex')

describe('a large frame', () => {
  it('of a mebibyte goes whole, and one byte more is refused with the limit', async () => {
    await using world = new World()
    const shop = await world.open('shop')
    const billing = await world.open('billing')
    const deliveries = await consume(billing)
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    const around = frameBytes(makeFrame(Buffer.alloc(0)))
    const largest = randomBytes(limit - around - 8)
    const fits = makeFrame(largest)
    const spare = limit - frameBytes(fits)
    const exact = makeFrame(randomBytes(largest.length + spare))
    assert.equal(frameBytes(exact), limit)
    await shop.transport.publish(exact, topic)
    await eventually('it has come', () => deliveries.length === 1)
    assert.equal(digest(deliveries[0]?.frame.body.value()), digest(exact.body.value()))
    await assert.rejects(
      async () => shop.transport.publish(makeFrame(randomBytes(largest.length + spare + 1)), topic),
      {
        code: 'SM_FRAME_TOO_LARGE',
        message: /carries 1048576/,
      },
    )
    await linked(shop)
    assert.equal(deliveries.length, 1)
  })

  it('may be larger where both sides say so, and the lower limit holds', async () => {
    await using world = new World()
    const shop = await world.open('shop', { maxFrameBytes: 4_000_000 })
    const billing = await world.open('billing', { maxFrameBytes: 3_000_000 })
    const deliveries = await consume(billing)
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    await shop.transport.publish(makeFrame(randomBytes(2_900_000)), topic)
    await eventually('it has come', () => deliveries.length === 1)
    await assert.rejects(async () => shop.transport.publish(makeFrame(randomBytes(3_500_000)), topic), {
      code: 'SM_FRAME_TOO_LARGE',
      message: /takes 3000000/,
    })
  })

  it('comes through however often the key changes on its way', async () => {
    await using world = new World()
    const shop = await world.open('shop', { rekeyBytes: 1_000, rekeyMs: 1 })
    const billing = await world.open('billing', { rekeyBytes: 1, rekeyMs: 1 })
    const deliveries = await consume(billing)
    await eventually('a route', () => shop.transport.routes(topic).length > 0)
    const payloads = Array.from({ length: 40 }, (_, i) => randomBytes(1 + i * 20_000))
    await Promise.all(payloads.map(payload => shop.transport.publish(makeFrame(payload), topic)))
    await eventually('all have come', () => deliveries.length === payloads.length)
    assert.deepEqual(
      deliveries.map(({ frame }) => digest(frame.body.value())),
      payloads.map(digest),
    )
    assert.deepEqual([...shop.faults, ...billing.faults], [])
  })
})
