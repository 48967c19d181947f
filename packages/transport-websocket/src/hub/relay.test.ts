import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { fromPacket, kinds, toPacket } from '../protocol/packet.ts'
import { Relay } from './relay.ts'

describe('a relay', () => {
  it('gives credit back as the reader takes what it gets, and no sooner', () => {
    const credits: number[] = []
    const waiting: Array<() => void> = []
    const relayed: number[] = []
    const relay = new Relay(
      { send: packet => void credits.push(fromPacket(packet).payload.readUInt32BE()) },
      1,
      {
        send(packet, onSent) {
          relayed.push(fromPacket(packet).stream)
          if (onSent) waiting.push(onSent)
        },
      },
      8,
      100,
    )
    const forward = (bytes: number) => relay.forward(toPacket(kinds.data, 1, Buffer.alloc(bytes)), bytes)
    forward(30)
    forward(30)
    forward(40)
    assert.deepEqual(relayed, [8, 8, 8])
    assert.throws(() => forward(1), { code: 'SM_WEBSOCKET_PROTOCOL' })
    assert.deepEqual(credits, [])
    waiting.shift()?.()
    assert.deepEqual(credits, [], 'Less than half of the window is worth no message')
    waiting.shift()?.()
    assert.deepEqual(credits, [60])
  })
})
