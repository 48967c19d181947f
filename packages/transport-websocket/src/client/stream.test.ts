import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { fromPacket, kinds } from '../protocol/packet.ts'
import { Stream } from './stream.ts'

/** A stream with so much credit, and what it has sent and told. */
function open(credit: number) {
  const sent: string[] = []
  const told: string[] = []
  let ended = 0
  const stream = new Stream('peer', 7, credit, {
    send(packet) {
      const { kind, stream: number, payload } = fromPacket(packet)
      assert.equal(number, 7)
      sent.push(kind === kinds.data ? `data ${payload.length}` : kind === kinds.end ? 'end' : 'reset')
    },
    ended() {
      ended += 1
    },
  })
  const listen = () =>
    stream.open({
      data: chunk => told.push(`data ${chunk}`),
      drain: () => told.push('drain'),
      closed: error => told.push(`closed ${error?.message}`),
    })
  return { stream, sent, told, listen, ended: () => ended }
}

describe('a stream through a hub', () => {
  it('sends what it has credit for, and the rest when it has', () => {
    const { stream, sent, told, listen } = open(100)
    listen()
    assert.equal(stream.write(Buffer.alloc(60)), true)
    assert.equal(stream.write(Buffer.alloc(90)), false)
    stream.credited(20)
    assert.deepEqual(told, [])
    stream.credited(500)
    assert.deepEqual(told, ['drain'])
    assert.deepEqual(sent, ['data 60', 'data 40', 'data 20', 'data 30'])
  })

  it('cuts what is longer than a message', () => {
    const { stream, sent } = open(200_000)
    assert.equal(stream.write(Buffer.alloc(150_000)), true)
    assert.deepEqual(sent, ['data 65536', 'data 65536', 'data 18928'])
  })

  it('lets its writer use the buffer again', () => {
    const packets: Buffer[] = []
    const stream = new Stream('peer', 1, 10, { send: packet => void packets.push(packet), ended: () => {} })
    const buffer = Buffer.from('first')
    stream.write(buffer)
    buffer.write('other')
    assert.equal(packets[0]?.toString('latin1', 5), 'first')
  })

  it('ends when all has been sent', async () => {
    const { stream, sent, told, listen, ended } = open(10)
    listen()
    stream.write(Buffer.alloc(15))
    stream.end()
    assert.deepEqual(sent, ['data 10'])
    stream.credited(10)
    assert.deepEqual(sent, ['data 10', 'data 5', 'end'])
    await Promise.resolve()
    assert.deepEqual(told, ['closed undefined'])
    stream.destroy()
    stream.closed(new Error('too late'))
    assert.equal(stream.write(Buffer.alloc(1)), true)
    assert.deepEqual([sent.length, told.length, ended()], [3, 1, 1])
  })

  it('keeps what comes before somebody listens', () => {
    const { stream, told, listen } = open(10)
    stream.arrived(Buffer.from('early'))
    stream.closed(new Error('gone'))
    assert.deepEqual(told, [])
    listen()
    assert.deepEqual(told, ['data early', 'closed gone'])
  })
})
