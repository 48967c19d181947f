import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { parseFlags } from './command-line.ts'
import { UsageError } from './usage-error.ts'

describe('the command line', () => {
  it('says as much as there is to say', () => {
    const args = 'pigeon --kind brokered --scope @acme --standalone --directory d --author A --license ISC -y'.split(
      ' ',
    )
    assert.deepEqual(parseFlags(args), {
      name: 'pigeon',
      kind: 'brokered',
      scope: '@acme',
      place: 'standalone',
      directory: 'd',
      author: 'A',
      license: 'ISC',
      yes: true,
    })
  })

  it('leaves open what it does not say', () => {
    const { yes, ...rest } = parseFlags([]) ?? {}
    assert.equal(yes, false)
    assert.deepEqual(new Set(Object.values(rest)), new Set([undefined]))
  })

  it('asks for help', () => {
    assert.equal(parseFlags(['-h']), undefined)
  })

  it.each([['a b'], ['a --nonsense'], ['--kind'], ['a --in-repo --standalone']])('makes no sense as "%s"', line => {
    assert.throws(() => parseFlags(line.split(' ')), UsageError)
  })
})
