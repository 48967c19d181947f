import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { decodeClaim, encodeClaim, maxClaimBytes } from './claim.ts'

const claim = { namespace: 'test', agent: 'shop', instance: '01JZZZZZZZZZZZZZZZZZZZZZZZ', probe: false }

describe('a claim', () => {
  it('is read as it was written, and short enough with the longest names', () => {
    for (const probe of [false, true])
      assert.deepEqual(decodeClaim(encodeClaim({ ...claim, probe })), { ...claim, probe })
    const longest = { ...claim, namespace: 'n'.repeat(63), agent: 'a'.repeat(63), probe: true }
    assert.ok(encodeClaim(longest).length <= maxClaimBytes)
  })

  it.each([
    ['', 'SM_LANET_HANDSHAKE'],
    ['null', 'SM_NAME_INVALID'],
    ['[]', 'SM_NAME_INVALID'],
    [JSON.stringify({ ...claim, namespace: '../up' }), 'SM_NAME_INVALID'],
    [JSON.stringify({ ...claim, agent: 7 }), 'SM_NAME_INVALID'],
    [JSON.stringify({ ...claim, instance: 'x' }), 'SM_LANET_HANDSHAKE'],
  ])('of %s is refused with %s', (text, code) => {
    assert.throws(() => decodeClaim(Buffer.from(text)), { code })
  })
})
