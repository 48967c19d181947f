import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, it } from 'vitest'
import { HandshakeState } from './handshake-state.ts'
import { generateKeyPair, primitivesReady } from './primitives.ts'

const prologue = Buffer.from('test')
const psk = randomBytes(32)
const nothing = new Uint8Array(0)

interface Sides {
  readonly initiator: HandshakeState
  readonly responder: HandshakeState
}

function sides(
  keys: { readonly ours?: Uint8Array; readonly theirs?: Uint8Array } = {},
  theirPrologue = prologue,
): Sides {
  const identity = generateKeyPair()
  return {
    initiator: new HandshakeState({ initiator: true, prologue, identity, psk: keys.ours }),
    responder: new HandshakeState({
      initiator: false,
      prologue: theirPrologue,
      identity: generateKeyPair(),
      psk: keys.theirs,
    }),
  }
}

/** Lets the two talk; what each message becomes on its way is for `change` to say. Returns how many were taken. */
function talk({ initiator, responder }: Sides, change = (message: Buffer, _: number) => message): number {
  let taken = 0
  try {
    for (const [writer, reader] of [
      [initiator, responder],
      [responder, initiator],
      [initiator, responder],
    ] as const) {
      reader.read(change(writer.write(nothing), taken))
      taken += 1
    }
  } catch (error) {
    assert.match((error as { code: string }).code, /^SM_LANET_(TAMPERED|HANDSHAKE)$/)
  }
  return taken
}

beforeAll(primitivesReady)

describe('a handshake', () => {
  it('gives both sides the same ciphers, each the other direction', () => {
    for (const keys of [{}, { ours: psk, theirs: psk }]) {
      const two = sides(keys)
      assert.equal(talk(two), 3)
      const [near, far] = [two.initiator.split(), two.responder.split()]
      assert.deepEqual(far.receive.open(near.send.seal(Buffer.from('there'))).toString(), 'there')
      assert.deepEqual(near.receive.open(far.send.seal(Buffer.from('back'))).toString(), 'back')
    }
  })

  it('fails when the two do not have the same network key, or only one has one', () => {
    assert.equal(talk(sides({ ours: psk, theirs: randomBytes(32) })), 2)
    assert.ok(talk(sides({ ours: psk })) < 3)
    assert.ok(talk(sides({ theirs: psk })) < 3)
  })

  it('fails when the two do not mean the same protocol', () => {
    for (const keys of [{}, { ours: psk, theirs: psk }]) {
      assert.ok(talk(sides(keys, Buffer.from('another'))) < 2)
    }
  })

  it('fails when any bit of any message was flipped on its way', () => {
    for (const keys of [{}, { ours: psk, theirs: psk }]) {
      const lengths = [keys.ours ? 48 : 32, 96, 64]
      for (const [message, length] of lengths.entries()) {
        for (let bit = 0; bit < length * 8; bit += 13) {
          const taken = talk(sides(keys), (bytes, number) => {
            if (number !== message) return bytes
            const changed = Buffer.from(bytes)
            changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
            return changed
          })
          // The first message of XX is a public key and nothing else: the second tells that it was another. The highest
          // bit of a public key means nothing to X25519, but the hash of all that was said has it.
          assert.ok(taken < 3 && taken <= message + 1, `Bit ${bit} of message ${message}`)
        }
      }
    }
  })

  it('refuses a message that is cut short, and a public key that yields no secret', () => {
    for (const [message, length] of [31, 95, 63].entries()) {
      assert.equal(
        talk(sides(), (bytes, number) => (number === message ? bytes.subarray(0, length) : bytes)),
        message,
      )
    }
    assert.equal(
      talk(sides(), (bytes, number) => (number === 0 ? Buffer.alloc(32) : bytes)),
      1,
    )
  })
})
