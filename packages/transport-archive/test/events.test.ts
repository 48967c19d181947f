import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bytesContentType, fromCloudEventJson, type Payload, toCloudEventJson } from '@sm/core/transport'
import { CloudEvent } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { frameOf, topic, upTo, World } from './world.ts'

const payloads: readonly Payload[] = [
  { orderId: '7', lines: [1, 2.5, null, 'ü'], text: 'two\nlines\r\nand \u2028 a third' },
  'text',
  null,
  new Uint8Array([0, 10, 13, 254]),
]

describe.each(['none', 'zstd'] as const)('what stands in the archive (%s)', compress => {
  it('is an event a line that the SDK of CloudEvents reads', async () => {
    const world = new World()
    const transport = await world.open({ compress })
    const header = { extensions: { tenant: 'Müller & Söhne', subject: 'orders/7' }, to: 'billing', correlationId: 'c1' }
    const frames = payloads.map(payload => frameOf(payload, header))
    for (const frame of frames) await transport.publish(frame, topic)
    const messages = await world.read()
    expect(messages).toHaveLength(frames.length)
    for (const [i, { event: line, frame: read, ...place }] of messages.entries()) {
      const frame = frames[i]
      const event = new CloudEvent<unknown>(JSON.parse(line))
      expect(event.validate()).toBe(true)
      expect(event).toMatchObject({ id: frame?.header.id, type: 'order.placed', to: 'billing', correlationid: 'c1' })
      expect(event).toMatchObject({ tenant: 'Müller & Söhne', subject: 'orders/7', source: frame?.header.from })
      const payload = payloads[i] as Payload
      if (payload instanceof Uint8Array) {
        expect(event.datacontenttype).toBe(bytesContentType)
        expect(Buffer.from(event.data_base64 as string, 'base64')).toEqual(Buffer.from(payload))
      } else expect(event.data ?? null).toEqual(payload)
      expect(read.header).toEqual(frame?.header)
      expect(read.body.value()).toEqual(payload)
      expect(place).toEqual({ file: world.files()[0], line: i + 1 })
    }
  })

  it('is what other wires carry as structured JSON', async () => {
    const world = new World()
    const transport = await world.open({ compress })
    const frame = frameOf({ total: 12 })
    await transport.publish(frame, topic)
    const [message] = await world.read()
    expect(message?.event).toBe(toCloudEventJson(frame))
    expect(fromCloudEventJson(message?.event ?? '').header).toEqual(frame.header)
  })

  it('stands in the order of publishing, whatever its delivery level', async () => {
    const world = new World()
    const transport = await world.open({ compress })
    const published = upTo(300).map(async n =>
      transport.publish(frameOf(n, { delivery: n % 3 ? 'at-most-once' : 'at-least-once' }), topic),
    )
    await Promise.all(published)
    await transport.stop({ drain: true })
    expect(await world.payloads()).toEqual(upTo(300))
  })
})

it('a compressed file of many writes is one file to the zstd of the system', async ({ skip }) => {
  if (spawnSync('zstd', ['--version']).error) skip('not run: there is no zstd command here')
  const world = new World()
  const transport = await world.open({ compress: 'zstd' })
  for (const n of upTo(20)) await transport.publish(frameOf(n), topic)
  const [file = ''] = world.files()
  const { stdout } = spawnSync('zstd', ['-dc', join(world.directory, file)], { encoding: 'utf8' })
  expect(stdout).toBe((await world.read()).map(({ event }) => `${event}\n`).join(''))
})

describe('reading', () => {
  it('is of the types, the namespace and the time that are asked for', async () => {
    const world = new World()
    const [here, there] = [await world.open(), await world.open({ namespace: 'elsewhere' })]
    for (const [n, type] of ['order.placed', 'order.paid', 'invoice.sent'].entries()) {
      await here.publish(frameOf(n, { type, time: 1_000 * (n + 1) }), topic)
      await there.publish(frameOf(10 + n, { type, time: 1_000 * (n + 1) }), topic)
    }
    expect(await world.payloads({ types: ['order.*'] })).toEqual([0, 1, 10, 11])
    expect(await world.payloads({ namespace: 'elsewhere' })).toEqual([10, 11, 12])
    expect(await world.payloads({ namespace: 'world', from: 2_000, to: new Date(3_000) })).toEqual([1])
  })

  it('ends with the reason of its signal', async () => {
    const world = new World()
    const transport = await world.open()
    await transport.publish(frameOf(1), topic)
    await transport.publish(frameOf(2), topic)
    const end = new AbortController()
    const reason = new Error('seen enough')
    const reading = async () => {
      for await (const _ of world.reading({ signal: end.signal })) end.abort(reason)
    }
    await expect(reading()).rejects.toBe(reason)
    await expect(world.read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('takes memory for some lines, however long the file', { timeout: 60_000 }, async () => {
    const world = new World()
    const transport = await world.open({ compress: 'zstd', maxFileBytes: 1_000_000_000 })
    const filling = 'x'.repeat(20_000)
    for (let i = 0; i < 100; i++) await Promise.all(upTo(100).map(() => transport.publish(frameOf(filling), topic)))
    const inUse = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const before = inUse()
    let [count, most] = [0, 0]
    for await (const _ of world.reading()) {
      count += 1
      if (count % 100 === 0) most = Math.max(most, inUse() - before)
    }
    // The file stands for 200 MB.
    expect(count).toBe(10_000)
    expect(most).toBeLessThan(100_000_000)
  })

  it('of an archive that is still written sees what was acknowledged', async () => {
    const world = new World()
    const transport = await world.open({ fsync: 'never' })
    for (const n of upTo(20)) {
      await transport.publish(frameOf(n), topic)
      expect(await world.payloads()).toEqual(upTo(n + 1))
    }
  })
})
