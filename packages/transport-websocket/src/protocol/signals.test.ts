import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { fromPacket, kinds, toCredit, toPacket } from './packet.ts'
import { fromSignal, type Signal, toSignal } from './signals.ts'

const guest = { agent: 'billing', instance: '01JABC' }

describe('text messages', () => {
  it.each<Signal>([
    { kind: 'challenge', nonce: 'abc_-9' },
    { kind: 'join', namespace: 'default', nonce: 'abc', proof: '', ...guest },
    { kind: 'welcome', proof: '', windowBytes: 1, guests: [guest] },
    { kind: 'refuse', code: 'SM_X', message: 'no' },
    { kind: 'joined', ...guest },
    { kind: 'left', instance: guest.instance },
  ])('of the kind $kind are read as they were written', signal => {
    assert.deepEqual(fromSignal(toSignal(signal)), signal)
  })

  it.each([
    ...['', 'null', '[]', '7', '{"kind":"toString"}', '{"kind":"challenge"}', '{"kind":"challenge","nonce":"a b"}'],
    ...['{"kind":"left","instance":"../x"}', '{"kind":"joined","agent":"Billing","instance":"01J"}'],
    '{"kind":"welcome","proof":"","windowBytes":0,"guests":[]}',
    '{"kind":"welcome","proof":"","windowBytes":1,"guests":[{}]}',
    `{"kind":"refuse","code":"SM_X","message":"${'x'.repeat(501)}"}`,
  ])('that are none are refused: %s', text => {
    assert.throws(() => fromSignal(text), { code: 'SM_WEBSOCKET_PROTOCOL' })
  })
})

describe('binary messages', () => {
  it('are read as they were written', () => {
    assert.deepEqual(fromPacket(toPacket(kinds.data, 2 ** 31, Buffer.from('abc'))), {
      kind: kinds.data,
      stream: 2 ** 31,
      payload: Buffer.from('abc'),
    })
    assert.equal(fromPacket(toCredit(3, 70_000)).payload.readUInt32BE(), 70_000)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['less than a head', Buffer.from([3, 0, 0, 0])],
    ['kind 0', Buffer.from([0, 0, 0, 0, 1])],
    ['an unknown kind', Buffer.from([9, 0, 0, 0, 1])],
    ['a short credit', Buffer.from([4, 0, 0, 0, 1, 0])],
  ])('that are none are refused: %s', (_, bytes) => {
    assert.throws(() => fromPacket(bytes), { code: 'SM_WEBSOCKET_PROTOCOL' })
  })
})
