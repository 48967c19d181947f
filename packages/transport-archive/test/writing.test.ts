import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { zstdFrameEnd } from '../src/files/zstd-frame.ts'
import { failureOf, frameOf, publishAll, topic, upTo, World } from './world.ts'

/** How many frames a compressed file has. */
function framesIn(bytes: Buffer): number {
  let count = 0
  for (let rest = bytes; rest.length > 0; count++) rest = rest.subarray(zstdFrameEnd(rest))
  return count
}

describe('a publish', () => {
  it.each([
    ['always', 'persisted'],
    ['interval', 'accepted'],
    ['never', 'accepted'],
  ] as const)('with fsync %s is %s at least once, and sent at most once', async (fsync, evidence) => {
    const world = new World()
    const transport = await world.open({ fsync })
    expect(await transport.publish(frameOf(1), topic)).toEqual({ evidence })
    expect(await world.payloads()).toEqual([1])
    expect(transport.publish(frameOf(2, { delivery: 'at-most-once' }), topic)).toEqual({ evidence: 'sent' })
    await eventually('the line is written', async () => (await world.payloads()).length === 2)
  })

  it('of a type that is not archived is none', async () => {
    const world = new World()
    const transport = await world.open({ types: ['order.*', 'stock.#'] })
    const wants = ['order.placed', 'stock', 'stock.a.b', 'order.a.b', 'invoice.sent', 'sm.reply']
    expect(wants.map(type => transport.wants?.(type))).toEqual([true, true, true, false, false, false])
    expect(await transport.publish(frameOf(1, { type: 'invoice.sent' }), topic)).toEqual({
      evidence: 'none',
      copies: 0,
    })
    expect(world.files()).toEqual([])
  })

  it('to an inbox is archived as one to a topic is', async () => {
    const world = new World()
    const transport = await world.open()
    await transport.publish(frameOf(1, { to: 'nobody' }), { kind: 'inbox', agent: 'nobody' })
    expect((await world.read())[0]?.frame.header.to).toBe('nobody')
  })

  it('is written together with those of its tick', async () => {
    const world = new World()
    const transport = await world.open({ compress: 'zstd' })
    await publishAll(transport, upTo(100))
    expect(world.files().map(file => framesIn(world.bytesOf(file)))).toEqual([1])
    await publishAll(transport, upTo(100))
    expect(world.files().map(file => framesIn(world.bytesOf(file)))).toEqual([2])
  })

  it('of a frame that is too large is refused, and one of the largest size is read again', async () => {
    const world = new World()
    const transport = await world.open({ compress: 'zstd', maxWaitingBytes: 1_000 })
    const { maxFrameBytes } = transport.capabilities
    const fits = frameOf(new Uint8Array(maxFrameBytes - 1_000).fill(7))
    await transport.publish(fits, topic)
    expect(await failureOf(() => transport.publish(frameOf(new Uint8Array(maxFrameBytes)), topic))).toMatchObject({
      code: 'SM_FRAME_TOO_LARGE',
      details: { outcome: 'failed' },
    })
    const [message, ...others] = await world.read()
    expect(others).toEqual([])
    expect(Buffer.compare(message?.frame.body.bytes() ?? Buffer.alloc(0), fits.body.bytes())).toBe(0)
  })
})

describe('what waits to be written', () => {
  const text = 'x'.repeat(1_000)

  it('is bounded: a publish waits for room, of either level, and all are written in order', async () => {
    const world = new World()
    const transport = await world.open({ maxWaitingBytes: 10_000 })
    let most = 0
    const published = upTo(500).map(async n => {
      const receipt = transport.publish(
        frameOf([n, text], { delivery: n % 2 ? 'at-most-once' : 'at-least-once' }),
        topic,
      )
      const { details } = await transport.health()
      most = Math.max(most, Number(details.waitingBytes))
      return receipt
    })
    await Promise.all(published)
    await transport.stop({ drain: true })
    expect(most).toBeGreaterThan(5_000)
    expect(most).toBeLessThanOrEqual(10_000)
    expect((await world.payloads()).map(payload => (payload as unknown[])[0])).toEqual(upTo(500))
  })

  it('is withdrawn by its signal, whether it waits for room or for its turn, and nothing else is', async () => {
    const world = new World()
    const transport = await world.open({ maxWaitingBytes: 5_000 })
    const end = new AbortController()
    const reason = new Error('changed my mind')
    const doomed = (n: number) => n % 3 === 0
    const ends = Promise.allSettled(
      upTo(30).map(async n => transport.publish(frameOf([n, text]), topic, doomed(n) ? { signal: end.signal } : {})),
    )
    expect((await transport.health()).details.waiting).toBeGreaterThan(20)
    end.abort(reason)
    for (const [n, result] of (await ends).entries()) {
      expect(result).toMatchObject(doomed(n) ? { status: 'rejected', reason } : { status: 'fulfilled' })
    }
    expect((await world.payloads()).map(payload => (payload as unknown[])[0])).toEqual(upTo(30).filter(n => !doomed(n)))
    expect((await transport.health()).details).toMatchObject({ waiting: 0, waitingBytes: 0, lines: 20, dropped: 0 })
  })

  it('is refused by a stop without a drain, which says that it is not there; with one it is written', async () => {
    const world = new World()
    const hasty = await world.open()
    const ends = publishAll(hasty, upTo(3)).catch((error: unknown) => error)
    await hasty.stop({ drain: false })
    expect(await ends).toMatchObject({ code: 'SM_TRANSPORT_STATE', details: { outcome: 'failed' } })
    expect(await world.payloads()).toEqual([])
    const patient = await world.open({ maxWaitingBytes: 100 })
    const receipts = publishAll(patient, upTo(30))
    await patient.stop({ drain: true })
    expect(await receipts).toHaveLength(30)
    expect(await world.payloads()).toEqual(upTo(30))
  })
})

describe('the files', () => {
  it('are for this user alone, in a directory that is made for this user alone', async () => {
    const world = new World()
    const before = process.umask(0)
    try {
      const transport = await world.open({ directory: join(world.directory, 'deep', 'down') })
      await transport.publish(frameOf(1), topic)
    } finally {
      process.umask(before)
    }
    const modeOf = (...path: string[]) => lstatSync(join(world.directory, ...path)).mode & 0o777
    expect([modeOf(), modeOf('deep'), modeOf('deep', 'down')]).toEqual([0o700, 0o700, 0o700])
    const [file = ''] = readdirSync(join(world.directory, 'deep', 'down'))
    expect(modeOf('deep', 'down', file)).toBe(0o600)
  })

  it('are each of one instance: several archive into one directory and never share one', async () => {
    const world = new World()
    const transports = await Promise.all(
      ['shop', 'shop', 'desk'].map(agent => world.open({ agent, maxFileBytes: 2_000 })),
    )
    await Promise.all(
      transports.map((transport, i) =>
        publishAll(
          transport,
          upTo(100).map(n => [i, n]),
        ),
      ),
    )
    const read = (await world.payloads()) as unknown as readonly (readonly [number, number])[]
    for (const i of [0, 1, 2]) expect(read.filter(([who]) => who === i).map(([, n]) => n)).toEqual(upTo(100))
    const instances = world.files().map(file => file.split('.').slice(2, 4).join('/'))
    expect(new Set(instances).size).toBe(3)
  })

  it('are not made before there is something to write, and none is left empty', async () => {
    const world = new World()
    const transport = await world.open()
    await transport.stop({ drain: true })
    expect(world.files()).toEqual([])
  })
})
