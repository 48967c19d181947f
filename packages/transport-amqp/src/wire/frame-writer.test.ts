import { PassThrough } from 'node:stream'
import { toAttributes } from '@sm/core/transport'
import type { ChannelModel } from 'amqplib'
import { describe, expect, it } from 'vitest'
import { frameFor, topic } from '../../../../tooling/test/transport-world.ts'
import { EventProperties } from './event-message.ts'
import { FrameWriter } from './frame-writer.ts'

const frameMax = 32_768

/** The frames of AMQP in some bytes: type, channel and payload. */
function framesOf(bytes: Buffer) {
  const frames: Array<{ type: number; channel: number; payload: Buffer }> = []
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 3)
    expect(bytes[at + 7 + size]).toBe(0xce)
    const payload = bytes.subarray(at + 7, at + 7 + size)
    frames.push({ type: bytes[at] as number, channel: bytes.readUInt16BE(at + 1), payload })
    at += size + 8
  }
  return frames
}

function made() {
  const stream = new PassThrough({ highWaterMark: 1_000_000 })
  const writer = FrameWriter.of({ connection: { stream, frameMax } } as unknown as ChannelModel)
  const publish = (content: Buffer, frame = frameFor(topic('order.placed'), 1)) => {
    const properties = new EventProperties(frame, 0, 'cloudevents')
    const { id } = frame.header
    writer.publish(3, { exchange: 'shop.topics', key: 'order.placed', id, mandatory: true, properties, content })
  }
  const written = async () => {
    await new Promise(resolve => setImmediate(resolve))
    return (stream.read() as Buffer | null) ?? Buffer.alloc(0)
  }
  return { stream, writer, publish, written }
}

describe('a writer of frames', () => {
  it.each([0, 1, 200, 16_384, 16_385, frameMax - 8, frameMax - 7, 200_000])(
    'writes a body of %i bytes',
    async length => {
      const { publish, written } = made()
      const content = Buffer.from(Array.from({ length }, (_, i) => i % 251))
      publish(content)
      publish(content)
      const frames = framesOf(await written())
      const perMessage = 2 + Math.ceil(length / (frameMax - 8))
      expect(frames).toHaveLength(2 * perMessage)
      expect(frames.every(({ channel, payload }) => channel === 3 && payload.length + 8 <= frameMax)).toBe(true)
      expect(frames.map(({ type }) => type).slice(0, perMessage)).toEqual([1, 2, ...Array(perMessage - 2).fill(3)])
      expect(frames[1]?.payload.readUInt32BE(8)).toBe(length)
      const bodies = frames.filter(({ type }) => type === 3).map(({ payload }) => payload)
      expect(Buffer.concat(bodies)).toEqual(Buffer.concat([content, content]))
    },
  )

  it('writes many messages of one turn at once', async () => {
    const { stream, publish, written } = made()
    let writes = 0
    const write = stream.write.bind(stream)
    stream.write = ((chunk: Buffer) => {
      writes += 1
      return write(chunk)
    }) as typeof stream.write
    for (let i = 0; i < 50; i++) publish(Buffer.from('1'))
    expect(writes).toBe(0)
    expect(framesOf(await written())).toHaveLength(150)
    expect(writes).toBe(1)
  })

  it('writes nothing of a message whose header does not fit, and goes on', async () => {
    const { publish, written } = made()
    publish(Buffer.from('1'))
    const extensions = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x${i}`, 'x'.repeat(2_000)]))
    expect(() => publish(Buffer.from('2'), frameFor(topic('order.placed'), 2, { extensions }))).toThrow(RangeError)
    publish(Buffer.from('3'))
    const bodies = framesOf(await written()).filter(({ type }) => type === 3)
    expect(bodies.map(({ payload }) => String(payload))).toEqual(['1', '3'])
  })

  it('leaves out of the headers what a reader assumes or finds elsewhere', async () => {
    const { publish, written } = made()
    const frame = frameFor(topic('order.placed'), 1)
    publish(Buffer.from('1'), frame)
    const [, { payload } = { payload: Buffer.alloc(0) }] = framesOf(await written())
    const text = payload.toString('latin1')
    const names = Object.keys(toAttributes(frame.header)).filter(name => text.includes(`cloudEvents_${name}`))
    expect(names).toEqual(['specversion', 'id', 'source', 'type', 'time'])
  })

  it('is full until the socket has drained', async () => {
    const stream = new PassThrough({ highWaterMark: 1_000 })
    const writer = FrameWriter.of({ connection: { stream, frameMax } } as unknown as ChannelModel)
    let drained = 0
    writer.onDrain(() => {
      drained += 1
    })
    const frame = frameFor(topic('order.placed'), 1)
    const message = { exchange: 'e', key: 'k', id: '1', mandatory: false, content: Buffer.alloc(20_000) }
    writer.publish(1, { ...message, properties: new EventProperties(frame, 0, 'cloudevents') })
    expect(writer.isFull).toBe(true)
    while (drained === 0) {
      stream.read()
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(writer.isFull).toBe(false)
  })

  it('says so when amqplib is another one inside', () => {
    expect(() => FrameWriter.of({ connection: {} } as ChannelModel)).toThrow(TypeError)
  })
})
