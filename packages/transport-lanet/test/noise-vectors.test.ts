import assert from 'node:assert/strict'
import { beforeAll, describe, it } from 'vitest'
import { HandshakeState } from '../src/noise/handshake-state.ts'
import { primitivesReady, toKeyPair } from '../src/noise/primitives.ts'
import fixture from './noise-vectors.json' with { type: 'json' }

const bytes = (hex: string) => Buffer.from(hex, 'hex')

beforeAll(primitivesReady)

describe('published Noise test vectors', () => {
  for (const vector of fixture.vectors) {
    const sides = () => {
      const common = { prologue: bytes(vector.prologue), psk: vector.psk === undefined ? undefined : bytes(vector.psk) }
      const side = (initiator: boolean, identity: string, ephemeral: string) =>
        new HandshakeState({
          ...common,
          initiator,
          identity: toKeyPair(bytes(identity)),
          ephemeral: toKeyPair(bytes(ephemeral)),
        })
      return [
        side(true, vector.initStatic, vector.initEphemeral),
        side(false, vector.respStatic, vector.respEphemeral),
      ] as const
    }

    it(`${vector.protocol} of ${vector.source} come out and are understood`, () => {
      const [initiator, responder] = sides()
      for (const [i, { payload, ciphertext }] of vector.messages.slice(0, 3).entries()) {
        const [writer, reader] = i % 2 === 0 ? [initiator, responder] : [responder, initiator]
        assert.equal(writer.write(bytes(payload)).toString('hex'), ciphertext, `Message ${i}`)
        assert.equal(reader.read(bytes(ciphertext)).toString('hex'), payload, `Message ${i}`)
      }
      assert.deepEqual(initiator.remoteStatic, toKeyPair(bytes(vector.respStatic)).publicKey)
      assert.deepEqual(responder.remoteStatic, toKeyPair(bytes(vector.initStatic)).publicKey)
      const ciphers = [initiator.split(), responder.split()] as const
      for (const [i, { payload, ciphertext }] of vector.messages.slice(3).entries()) {
        // The fourth message is the responder's.
        const [writer, reader] = i % 2 === 0 ? [ciphers[1], ciphers[0]] : ciphers
        assert.equal(writer.send.seal(bytes(payload)).toString('hex'), ciphertext, `Message ${i + 3}`)
        assert.equal(reader.receive.open(bytes(ciphertext)).toString('hex'), payload, `Message ${i + 3}`)
      }
    })
  }
})
