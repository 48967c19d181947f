import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'vitest'
import { formatKey, parseKey } from './key-text.ts'

describe('the text of a key', () => {
  it('is read in base64 and base64url, with and without padding', () => {
    const key = Buffer.from(`${'fb'.repeat(31)}fc`, 'hex')
    for (const text of [key.toString('base64'), key.toString('base64').slice(0, 43), key.toString('base64url')]) {
      assert.deepEqual(parseKey(text, 'It'), key)
    }
    assert.equal(formatKey(key), key.toString('base64url'))
  })

  it('of anything else is refused, and not told', () => {
    const good = randomBytes(32).toString('base64url')
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(good[42] as string)
    const alias = good.slice(0, 42) + 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[last | 1]
    for (const text of [
      '',
      good.slice(1),
      `${good}A`,
      ` ${good}`,
      randomBytes(32).toString('hex'),
      'a passphrase that I can remember',
      alias,
      undefined,
      7,
      randomBytes(32),
    ]) {
      assert.throws(
        () => parseKey(text, 'It'),
        (error: { code: string; message: string }) =>
          error.code === 'SM_LANET_KEY' && (typeof text !== 'string' || text === '' || !error.message.includes(text)),
      )
    }
  })
})
