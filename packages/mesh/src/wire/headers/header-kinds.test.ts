import { encodeFrame, type Frame, frameBytes, type Header } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { packetsOf, words } from '../../../test/raw-peer.ts'
import { makeFrame } from '../../../test/world.ts'
import { Output } from '../packets/output.ts'
import { mark, maxHeaderKinds, messageHead, packet } from '../packets/packet.ts'
import { ReceivedHeaderKinds } from './received-header-kinds.ts'
import { SentHeaderKinds } from './sent-header-kinds.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const head = { interest: 3, reliable: true, packed: false, attempt: 1, sequence: 9 }
const idOf = (n: number) => `01JD${String(n).padStart(22, '0')}`

/** The packets of a sender, and a receiver that reads them. */
function createPair() {
  const written: Buffer[] = []
  const connection = { write: (bytes: Buffer) => written.push(Buffer.from(bytes)) > 0 }
  const output = new Output(
    connection as never,
    () => undefined,
    () => undefined,
  )
  const sender = new SentHeaderKinds(output)
  const receiver = new ReceivedHeaderKinds()
  const send = (frame: Frame): { readonly bytes?: number; readonly told: number; readonly header?: Header } => {
    const bytes = sender.write(head, frame)
    output.flush()
    let told = 0
    let header: Header | undefined
    for (const [kind, payload] of packetsOf(Buffer.concat(written.splice(0)))) {
      if (kind === packet.header) {
        told += 1
        receiver.learn(payload)
      } else {
        header = receiver.read(payload)
        expect(payload.subarray(0, messageHead)).toEqual(Buffer.from([0, 3, mark.reliable | mark.known, 1, 0, 0, 0, 9]))
        expect(payload.subarray(receiver.bodyAt)).toEqual(Buffer.from(frame.body.bytes()))
        expect(bytes).toBe(payload.length - messageHead)
      }
    }
    expect(header === undefined).toBe(bytes === undefined)
    return { ...(bytes !== undefined && { bytes }), told, ...(header && { header }) }
  }
  return { send, receiver }
}

const message = (n: number, attributes: object = {}) =>
  makeFrame(idOf(n), { n }, { time: 1_000_000_000_000 + n, ...attributes })

describe('header kinds', () => {
  it('are told when two in a row are alike, and then spare most of each frame', () => {
    const { send } = createPair()
    const sent = [1, 2, 3].map(n => send(message(n)))
    expect(sent.map(({ told }) => told)).toEqual([0, 1, 0])
    expect(sent.map(({ header }) => header)).toEqual([undefined, message(2).header, message(3).header])
    expect(sent[2]?.bytes).toBeLessThan(frameBytes(message(3)) - 20)
  })

  it.each([
    ['an end', { expiresAt: 1_000_000_000_123 }],
    ['a receiver and a reply address', { to: 'billing', replyTo: 'shop/01JD0000000000000000000001', version: 7 }],
    ['what it answers', { correlationId: idOf(77), causationId: idOf(78) }],
    ['only its cause', { causationId: idOf(78) }],
    ['another content type', { contentType: 'text/plain', delivery: 'at-most-once' }],
  ])('keep all attributes of a message with %s', (_, attributes) => {
    const { send } = createPair()
    send(message(1, attributes))
    expect(send(message(2, attributes)).header).toEqual(message(2, attributes).header)
    expect(send(message(3, attributes)).header).toEqual(message(3, attributes).header)
  })

  it.each([
    ['a key', { key: 'k' }],
    ['encodings', { encodings: ['gzip'] }],
    ['a trace', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
    ['extensions', { extensions: { tenant: 'x' } }],
    ['an id of another form', { id: 'an id that has 26 letters.' }],
    ['an id that is longer', { id: `${idOf(1)}1` }],
    ['an id that is beyond bytes', { id: idOf(1).replace('J', '\u{14a}') }],
    ['an answer to such an id', { correlationId: 'x' }],
  ])('are not those of a message with %s', (_, attributes) => {
    const { send } = createPair()
    for (const n of [1, 2, 3]) expect(send(message(n, attributes)).header).toBeUndefined()
    // The next packet is not disturbed by one that was begun and given up.
    send(message(4))
    expect(send(message(5)).header).toEqual(message(5).header)
  })

  it('are told anew when a type changes, and not while it changes from frame to frame', () => {
    const { send } = createPair()
    const at = (n: number, to: string) => send(message(n, { to }))
    const sent = [at(1, 'a'), at(2, 'a'), at(3, 'b'), at(4, 'b'), at(5, 'a'), at(6, 'b'), at(7, 'a')]
    expect(sent.map(({ told }) => told)).toEqual([0, 1, 0, 1, 0, 0, 0])
    expect(sent.map(({ header }) => header?.to)).toEqual([
      undefined,
      'a',
      undefined,
      'b',
      undefined,
      undefined,
      undefined,
    ])
  })

  it('are those of a bounded number of types', () => {
    const { send } = createPair()
    let short = 0
    for (let n = 0; n < 2 * maxHeaderKinds; n++) {
      const frame = message(n, { type: `type.n${n}` })
      send(frame)
      if (send(frame).header) short += 1
    }
    expect(short).toBe(maxHeaderKinds)
  })
})

describe('a reader of header kinds', () => {
  const told = encodeFrame(makeFrame(idOf(0), Buffer.alloc(0), { expiresAt: 1 }))
  const learnt = () => {
    const receiver = new ReceivedHeaderKinds()
    receiver.learn(Buffer.concat([Buffer.from([1]), told]))
    return receiver
  }
  const short = (number: number, times: number[], id: string) =>
    Buffer.concat([Buffer.alloc(messageHead), Buffer.from([number]), words(...times), Buffer.from(id, 'latin1')])

  it('reads what refers to one that was told', () => {
    const payload = short(1, [0, 7, 0, 9], idOf(5))
    const receiver = learnt()
    expect(receiver.read(payload)).toEqual(makeFrame(idOf(5), 1, { time: 7, expiresAt: 9 }).header)
    expect(receiver.bodyAt).toBe(payload.length)
  })

  it.each([
    ['that nobody told', short(0, [0, 7, 0, 9], idOf(5))],
    ['that cannot be', short(255, [0, 7, 0, 9], idOf(5))],
    ['that is not there', Buffer.alloc(messageHead)],
    ['and ends within an id', short(1, [0, 7, 0, 9], idOf(5).slice(1))],
    ['and ends within a time', short(1, [0, 7], '')],
    ['and a time beyond the end of time', short(1, [0xffff_ffff, 7, 0, 9], idOf(5))],
    ['and such an end', short(1, [0, 7, 0xffff, 9], idOf(5))],
    ['and an id with a control character', short(1, [0, 7, 0, 9], idOf(5).replace('J', '\n'))],
    ['and an id that is not ASCII', short(1, [0, 7, 0, 9], idOf(5).replace('J', 'é'))],
  ])('refuses a number %s', (_, payload) => {
    expect(() => learnt().read(payload)).toThrow(code('SM_MESH_PROTOCOL'))
  })

  it.each([
    ['without anything', Buffer.alloc(0), 'SM_MESH_PROTOCOL'],
    ['with a number that cannot be', Buffer.concat([Buffer.from([maxHeaderKinds]), told]), 'SM_MESH_PROTOCOL'],
    ['that is too large', Buffer.concat([Buffer.from([1]), told, Buffer.alloc(4_096)]), 'SM_MESH_PROTOCOL'],
    ['that cannot be read', Buffer.from([1, 1, 2, 3]), 'SM_CODEC_MALFORMED'],
  ])('refuses to be told one %s', (_, payload, expected) => {
    expect(() => new ReceivedHeaderKinds().learn(payload)).toThrow(code(expected))
  })

  it('takes as many as may be told, and another under the same number', () => {
    const receiver = new ReceivedHeaderKinds()
    for (let i = 0; i < 10 * maxHeaderKinds; i++) {
      const frame = encodeFrame(makeFrame(idOf(i), Buffer.alloc(0), { type: `type.n${i}` }))
      receiver.learn(Buffer.concat([Buffer.from([i % maxHeaderKinds]), frame]))
    }
    expect(receiver.read(short(0, [0, 7], idOf(5))).type).toBe(`type.n${9 * maxHeaderKinds}`)
  })
})
