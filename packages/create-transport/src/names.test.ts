import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { authorFault, licenseFault, nameFault, reservedNames, scopeFault, toNames } from './names.ts'

describe('the name of a transport', () => {
  it.each(['pigeon', 'carrier-pigeon', 'x25', 'a-1-b', 'a'.repeat(41)])('may be %s', name => {
    assert.equal(nameFault(name), undefined)
  })

  it.each([
    ...['', 'Pigeon', '1pigeon', '-pigeon', 'pigeon-', 'carrier--pigeon', 'carrier_pigeon', 'pigeön', '../pigeon'],
    ...['a/b', 'a b', '@acme/pigeon', 'a'.repeat(42), 'class', 'await'],
  ])('may not be "%s"', name => {
    assert.ok(nameFault(name))
  })

  it('has every form that its package needs', () => {
    assert.deepEqual(toNames('carrier-pigeon-2', '@acme'), {
      kebab: 'carrier-pigeon-2',
      camel: 'carrierPigeon2',
      pascal: 'CarrierPigeon2',
      constant: 'CARRIER_PIGEON_2',
      packageName: '@acme/transport-carrier-pigeon-2',
      folder: 'transport-carrier-pigeon-2',
    })
    assert.equal(toNames('pigeon', '').packageName, 'sm-transport-pigeon')
  })

  it('is reserved if a package of this repository has it', () => {
    const packages = readdirSync(join(import.meta.dirname, '../..'))
    const names = packages.filter(name => name.startsWith('transport-')).map(name => name.slice('transport-'.length))
    assert.deepEqual(
      names.filter(name => !reservedNames.has(name)),
      [],
    )
  })
})

describe('what else is told', () => {
  it('is a scope that npm takes, or none', () => {
    for (const scope of ['', '@acme', '@a.b_c-1']) assert.equal(scopeFault(scope), undefined)
    for (const scope of ['acme', '@', '@Acme', '@a/b', '@-a']) assert.ok(scopeFault(scope))
  })

  it('is a licence and an author on one line', () => {
    assert.equal(licenseFault('(MIT OR Apache-2.0)') && licenseFault('Apache-2.0'), undefined)
    assert.ok(licenseFault('MIT\n'))
    assert.equal(authorFault('Ada <ada@example.org>'), undefined)
    assert.ok(authorFault('Ada\nLovelace'))
  })
})
