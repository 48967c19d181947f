import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, it } from 'vitest'
import { primitivesReady } from '../noise/primitives.ts'
import { fingerprintOf, TrustedKeys } from './trusted-keys.ts'

const [one, two] = [randomBytes(32), randomBytes(32)] as const

beforeAll(primitivesReady)

describe('a list of trusted keys', () => {
  it('knows its keys however they are written, and by their fingerprints', () => {
    const keys = new TrustedKeys([one.toString('base64')])
    assert.ok(keys.has(one.toString('base64url')))
    assert.ok(!keys.has(two.toString('base64url')))
    assert.ok(keys.hasFingerprint(fingerprintOf(one)))
    assert.ok(!keys.hasFingerprint(fingerprintOf(two)))
  })

  it('changes, and tells of each change until nobody listens', () => {
    const keys = new TrustedKeys()
    let told = 0
    const unlisten = keys.onChange(() => {
      told += 1
    })
    keys.allow(one.toString('base64url'))
    assert.ok(keys.has(one.toString('base64')))
    keys.revoke(one.toString('base64'))
    assert.ok(!keys.has(one.toString('base64url')))
    unlisten()
    keys.allow(two.toString('base64url'))
    assert.equal(told, 2)
  })

  it('refuses what is no key', () => {
    assert.throws(() => new TrustedKeys(['no key']), { code: 'SM_LANET_KEY' })
    assert.throws(() => new TrustedKeys().allow('no key'), { code: 'SM_LANET_KEY' })
  })
})
