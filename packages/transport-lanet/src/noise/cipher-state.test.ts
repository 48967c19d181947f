import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { beforeAll, describe, it } from 'vitest'
import { CipherState } from './cipher-state.ts'
import { primitivesReady } from './primitives.ts'

const key = randomBytes(32)
const pair = () => [new CipherState(Buffer.from(key)), new CipherState(Buffer.from(key))] as const
const tampered = { code: 'SM_LANET_TAMPERED' }

/** The same by OpenSSL alone. */
function reference(count: number, plain: Buffer, associated?: Buffer): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64LE(BigInt(count), 4)
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
  if (associated) cipher.setAAD(associated, { plaintextLength: plain.length })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

beforeAll(primitivesReady)

describe('a cipher', () => {
  it('makes the same bytes whichever library does the work, and reads them', () => {
    const [send, receive] = pair()
    for (const [count, size] of [0, 1, 15, 16, 17, 1_535, 1_536, 1_537, 16_384, 65_519].entries()) {
      const plain = randomBytes(size)
      const associated = count % 2 === 0 ? undefined : randomBytes(64)
      const sealed = send.seal(plain, associated)
      assert.deepEqual(sealed, reference(count, plain, associated), `${size} bytes`)
      assert.deepEqual(receive.open(sealed, associated), plain, `${size} bytes`)
    }
  })

  it.each([40, 4_000])('refuses %i bytes with any bit flipped, a part left out, or other associated data', size => {
    const plain = randomBytes(size)
    const sealed = pair()[0].seal(plain, Buffer.from('a'))
    const refused = (bytes: Buffer, associated = Buffer.from('a')) =>
      assert.throws(() => pair()[1].open(bytes, associated), tampered)
    for (let bit = 0; bit < sealed.length * 8; bit += size < 100 ? 1 : 997) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      refused(changed)
    }
    for (const length of [0, 1, 15, 16, sealed.length - 1]) refused(sealed.subarray(0, length))
    refused(Buffer.concat([sealed, Buffer.alloc(1)]))
    refused(sealed, Buffer.from('b'))
  })

  it.each([40, 4_000])('refuses messages of %i bytes that are repeated, left out or in another order', size => {
    const messages = () => {
      const [send, receive] = pair()
      return { receive, sealed: [0, 1, 2].map(i => send.seal(Buffer.alloc(size, i))) as [Buffer, Buffer, Buffer] }
    }
    const repeated = messages()
    repeated.receive.open(repeated.sealed[0])
    assert.throws(() => repeated.receive.open(repeated.sealed[0]), tampered)
    const swapped = messages()
    assert.throws(() => swapped.receive.open(swapped.sealed[1]), tampered)
    const gap = messages()
    gap.receive.open(gap.sealed[0])
    assert.throws(() => gap.receive.open(gap.sealed[2]), tampered)
  })

  it('changes its key as Noise defines it, and the old one reads nothing more', () => {
    const [send, receive] = pair()
    const [, old] = pair()
    receive.open(send.seal(Buffer.from('before')))
    old.open(reference(0, Buffer.from('before')))
    send.rekey()
    receive.rekey()
    const nonce = Buffer.from('00000000ffffffffffffffff', 'hex')
    const next = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 }).update(Buffer.alloc(32))
    for (const [i, size] of [10, 5_000].entries()) {
      const plain = randomBytes(size)
      const sealed = send.seal(plain)
      const count = Buffer.alloc(12)
      count.writeBigUInt64LE(BigInt(i + 1), 4)
      const cipher = createCipheriv('chacha20-poly1305', next, count, { authTagLength: 16 })
      assert.deepEqual(sealed, Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
      assert.deepEqual(receive.open(sealed), plain)
      assert.throws(() => old.open(sealed), tampered)
    }
  })

  it('does not show its key to whoever looks at it', async () => {
    const { inspect } = await import('node:util')
    const [send] = pair()
    send.seal(Buffer.alloc(5_000))
    const shown = inspect(send, { depth: 9, showHidden: true }) + JSON.stringify(send)
    for (const form of ['hex', 'base64', 'base64url'] as const) assert.ok(!shown.includes(key.toString(form)))
    assert.ok(!shown.includes([...key.subarray(0, 6)].join(', ')))
  })
})
