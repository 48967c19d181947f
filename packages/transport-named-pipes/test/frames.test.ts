import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, type DeliveryLevel, frameBytes, toInboxAddress, toTopicAddress } from '@sm/core/transport'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { Told } from '../../../tooling/test/program.ts'
import { frameOf, participant } from './programs/setting.ts'
import { World } from './world.ts'

interface Reply {
  readonly bytes: number
  readonly sum: string
  /** When it came. */
  readonly at: number
}

/** A transport of this process that asks the program `echo` in another. */
async function openAsker(world: World) {
  await world.run('echo', { agent: 'echo' })
  const self = participant({ base: world.base, namespace: world.namespace, agent: 'asker' })
  const { transport, agent, instance } = self
  const replies = new Map<string, Reply>()
  await transport.start()
  const inbox = { target: { kind: 'inbox', agent, instance }, group: agent, prefetch: 64, durable: false } as const
  await transport.subscribe(inbox, delivery => {
    const { id, bytes, sum } = delivery.frame.body.value() as { id: string; bytes: number; sum: string }
    replies.set(id, { bytes, sum, at: performance.now() })
    delivery.ack()
  }).ready
  const frame = (address: Address, payload: Uint8Array, delivery?: DeliveryLevel) =>
    frameOf(self, address, payload, delivery)
  return { transport, replies, frame, [Symbol.asyncDispose]: () => transport.stop() }
}

const large = toTopicAddress('echo.large')
const inbox = toInboxAddress('echo')
const mebibyte = 1_048_576

describe('frames of every size', () => {
  it('arrive as they were sent, from nothing to the largest', { timeout: 60_000 }, async () => {
    await using world = new World()
    await using asker = await openAsker(world)
    const { transport, replies, frame } = asker
    const head = frameBytes(frame(large, new Uint8Array(0)))
    const limit = transport.capabilities.maxFrameBytes
    assert.equal(limit, 16 * mebibyte)
    // Around the size of a chunk in every way that it could be meant: of the body, of the frame.
    const chunk = 65_536
    const sizes = [
      0,
      1,
      chunk - 1,
      chunk,
      chunk + 1,
      chunk - head - 1,
      chunk - head,
      chunk - head + 1,
      mebibyte,
      limit - head,
    ]
    for (const delivery of ['at-least-once', 'at-most-once'] as const) {
      for (const size of sizes) {
        const bytes = randomBytes(size)
        const sent = frame(large, bytes, delivery)
        await transport.publish(sent, large)
        const what = `${size} bytes ${delivery} are answered`
        const { bytes: length, sum } = await eventually(what, () => replies.get(sent.header.id))
        assert.equal(length, size)
        assert.equal(sum, createHash('sha256').update(bytes).digest('hex'), `${size} bytes arrived as others`)
      }
    }
    const above = frame(large, randomBytes(limit - head + 1))
    await assert.rejects(async () => transport.publish(above, large), { code: 'SM_FRAME_TOO_LARGE' })
  })

  it('let small ones pass: a request during 16 MiB is answered long before those are there', {
    timeout: 60_000,
  }, async ({ annotate }) => {
    await using world = new World()
    await using asker = await openAsker(world)
    const { transport, replies, frame } = asker
    const head = frameBytes(frame(large, new Uint8Array(0)))
    const heavy = frame(large, Buffer.alloc(16 * mebibyte - head, 7))
    const reply = (id: string) => replies.get(id)
    // Once before: what is measured should not be the compiler.
    const first = frame(inbox, Buffer.from('hello'))
    await transport.publish(first, inbox)
    await eventually('the first request is answered', () => reply(first.header.id))
    const began = performance.now()
    let arrived: number | undefined
    const transfer = Promise.resolve(transport.publish(heavy, large)).then(() => {
      arrived = performance.now()
    })
    const waits: number[] = []
    // One request after the other, for as long as the large frame is under way.
    while (arrived === undefined) {
      const asked = frame(inbox, Buffer.from('small'))
      const at = performance.now()
      await transport.publish(asked, inbox)
      const answered = await eventually('a small request is answered', () => reply(asked.header.id))
      waits.push(answered.at - at)
    }
    await transfer
    const { at } = await eventually('the large frame is answered', () => reply(heavy.header.id))
    assert.ok(waits.length >= 3, `Only ${waits.length} requests were answered during the transfer`)
    const took = at - began
    const [shortest, longest] = [Math.min(...waits), Math.max(...waits)]
    assert.ok(longest < took / 2, `A small request took ${longest} ms of a transfer of ${took} ms`)
    const facts = [took, shortest, longest].map(Math.round)
    await annotate(`16 MiB in ${facts[0]} ms; ${waits.length} requests meanwhile, each ${facts[1]} to ${facts[2]} ms`)
  })

  it('that are large leave altogether before a sender that drains has stopped', { timeout: 60_000 }, async () => {
    await using world = new World()
    const [topic, count] = ['stream.work', 24]
    const receiver = await world.run('receiver', { agent: 'worker', topic, history: world.historyFile('receiver') })
    const rest = { count, atOnce: count, bytes: mebibyte, delivery: 'at-most-once' }
    const sender = await world.run('sender', { agent: 'source', topic, history: world.historyFile('sender'), ...rest })
    await sender.ask('go')
    await sender.heard('sent')
    await sender.ask('stop')
    await eventually(
      () => `all that was sent arrives (${world.lines('receiver').length} lines)`,
      async () => (await receiver.ask('report')).handled === count,
    )
  })
})

const flows = ['sent at least once', 'sent at most once', 'got at least once', 'got at most once']

/** The name of a flow that has got no further. */
const still = (count: number, before: ReadonlyArray<readonly number[]>, side: number, i: number) =>
  count > (before[side]?.[i] ?? 0) ? [] : [`what side ${side} ${flows[i]}`]

describe('both directions at once', () => {
  const seconds = 15

  it(`go on for ${seconds} s at full load, and nothing stands still`, { timeout: 120_000 }, async ({ annotate }) => {
    await using world = new World()
    const both = await Promise.all([
      world.run('saturator', { agent: 'left', partner: 'right' }),
      world.run('saturator', { agent: 'right', partner: 'left' }),
    ])
    await Promise.all(both.map(one => one.ask('go')))
    const counts = ({ sent, got }: Told) =>
      [sent, got].flatMap(each => Object.values(each as Record<DeliveryLevel, number>))
    const report = () => Promise.all(both.map(async one => counts(await one.ask('report'))))
    let before = await report()
    const rss = both.map(one => one.rssBytes)
    for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
      let now = before
      const standing = () => now.flatMap((list, side) => list.flatMap((count, i) => still(count, before, side, i)))
      const what = () => `everything gets further (${standing().join(', ')} does not)`
      before = await eventually(what, async () => {
        await sleep(1_000)
        now = await report()
        return standing().length === 0 && now
      })
    }
    // 32 publishes at once, of half a MiB at the most, on each side: what is kept beyond that would grow with time.
    for (const [i, one] of both.entries()) {
      const grown = one.rssBytes - (rss[i] as number)
      assert.ok(grown < 256 * mebibyte, `One side grew by ${grown} bytes`)
    }
    await Promise.all(both.map(one => one.ask('halt')))
    await Promise.all(both.map(one => one.ask('stop')))
    const each = before.map(([a = 0, b = 0]) => Math.round((a + b) / seconds))
    await annotate(`frames per second, one in 64 of 512 KiB and the others of 4 KiB: ${each.join(' and ')}`)
  })
})
