import { describe, expect, it, vi } from 'vitest'
import { packetsOf } from '../../../test/raw-peer.ts'
import { settle } from '../../../test/world.ts'
import type { Connection } from '../../connection.ts'
import { Output } from './output.ts'
import { chunkBytes, packet } from './packet.ts'
import { writeNumber } from './packet-writer.ts'
import { Reports } from './reports.ts'

/** A connection that takes what it is told to, and never more. */
function createConnection() {
  const taken: Buffer[] = []
  let busy: Uint8Array | undefined
  const connection = {
    remote: 'test',
    taken,
    takes: true,
    /** The wire is done with what it was given last. */
    release() {
      if (busy) taken.push(Buffer.from(busy))
      busy = undefined
    },
    write: vi.fn((bytes: Uint8Array) => {
      expect(busy).toBeUndefined()
      if (connection.takes) taken.push(Buffer.from(bytes))
      else busy = bytes
      return connection.takes
    }),
    open: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  }
  return connection satisfies Connection
}

function createOutput() {
  const connection = createConnection()
  const onIdle = vi.fn()
  const onRoom = vi.fn()
  const output = new Output(connection, onIdle, onRoom)
  const numbers = () => packetsOf(Buffer.concat(connection.taken)).map(([, payload]) => payload.readUInt32BE(0))
  return { connection, output, onIdle, onRoom, numbers }
}

function fill(output: Output, bytes: number): void {
  output.begin(packet.chunk, bytes)
  output.end(output.at + bytes)
}

describe('an output', () => {
  it('sends the packets of one tick in one write', async () => {
    const { connection, output, numbers, onIdle } = createOutput()
    for (let i = 0; i < 100; i++) writeNumber(output, packet.ping, i)
    expect(connection.write).not.toHaveBeenCalled()
    await settle(1)
    expect(connection.write).toHaveBeenCalledOnce()
    expect(numbers()).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(onIdle).toHaveBeenCalledOnce()
    expect(output.idle).toBe(true)
  })

  it('sends at once when its buffer is full', () => {
    const { connection, output } = createOutput()
    fill(output, chunkBytes)
    fill(output, chunkBytes)
    expect(connection.write).toHaveBeenCalledOnce()
  })

  it('keeps what the wire does not take, unchanged and in order, and sends it when it drains', async () => {
    const { connection, output, numbers, onRoom } = createOutput()
    connection.takes = false
    for (let i = 0; i < 20; i++) {
      writeNumber(output, packet.ping, i)
      await settle(1)
    }
    expect(connection.write).toHaveBeenCalledOnce()
    expect(output.idle).toBe(false)
    connection.takes = true
    connection.release()
    output.drain()
    expect(numbers()).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(connection.write).toHaveBeenCalledTimes(2)
    expect(onRoom).toHaveBeenCalled()
    expect(output.idle).toBe(true)
  })

  it('says that it is congested while much waits, and for no longer', () => {
    const { connection, output } = createOutput()
    connection.takes = false
    for (let i = 0; i < 5; i++) fill(output, chunkBytes)
    expect(output.congested).toBe(false)
    for (let i = 0; i < 5; i++) fill(output, chunkBytes)
    expect(output.congested).toBe(true)
    connection.takes = true
    connection.release()
    output.drain()
    expect(output.congested).toBe(false)
    expect(Buffer.concat(connection.taken)).toHaveLength(10 * (chunkBytes + 5))
  })

  it('bounds what waits for a peer that makes us answer and does not read', async () => {
    const { connection, output } = createOutput()
    connection.takes = false
    for (let i = 0; i < 100; i++) fill(output, chunkBytes)
    expect(() => output.checkBacklog()).not.toThrow()
    for (let i = 0; i < 30; i++) fill(output, chunkBytes)
    expect(() => output.checkBacklog()).toThrow(expect.objectContaining({ code: 'SM_MESH_LIMIT' }))
  })
})

describe('reports', () => {
  it('of one tick leave together: what came, what is done, what may be sent', async () => {
    const { connection, output } = createOutput()
    const reports = new Reports(output)
    for (const sequence of [1, 2, 3, 4]) reports.accept(sequence)
    for (const sequence of [2, 3]) reports.settle(sequence)
    reports.grant(7, 100)
    reports.grant(7, 200)
    await settle(1)
    const packets = packetsOf(Buffer.concat(connection.taken))
    expect(packets.map(([kind, payload]) => [kind, payload.toString('hex')])).toEqual([
      [packet.accept, '0000000100000004'],
      [packet.settle, '0000000200000002'],
      [packet.credit, '0007000000c8'],
    ])
    expect(connection.write).toHaveBeenCalledOnce()
  })

  it('do not call accepted what they call settled', async () => {
    const { connection, output } = createOutput()
    const reports = new Reports(output)
    for (const sequence of [1, 2]) reports.accept(sequence)
    for (const sequence of [1, 2]) reports.settle(sequence)
    await settle(1)
    expect(packetsOf(Buffer.concat(connection.taken)).map(([kind]) => kind)).toEqual([packet.settle])
  })

  it('go to nobody once they are closed', async () => {
    const { connection, output } = createOutput()
    const reports = new Reports(output)
    reports.accept(1)
    reports.close()
    await settle(1)
    expect(connection.write).not.toHaveBeenCalled()
  })
})
