import { describe, expect, it } from 'vitest'
import type { TransportDefinition } from '../contract/index.ts'
import { memory } from '../memory/index.ts'
import { defineTransport } from './define-transport.ts'
import { registeredTransports, transportForScheme, transportNamed } from './registry.ts'

const base: TransportDefinition<object> = {
  name: 'pigeon',
  contract: '1.0',
  version: '1.0.0',
  rank: 70,
  schemes: [],
  capabilities: memory.definition.capabilities,
  fromUrl: url => ({ loft: url.hostname }),
  create: () => {
    throw new Error('not made in these tests')
  },
}

function define(definition: object) {
  return () => defineTransport({ ...base, ...definition })
}

describe('defining a transport', () => {
  it('registers it under its name and its schemes', () => {
    const factory = define({ name: 'gull', schemes: ['gull', 'gulls'] })()
    expect(transportNamed('gull')).toBe(factory.definition)
    expect(transportForScheme('gulls')).toBe(factory.definition)
    expect(registeredTransports()).toContain(factory.definition)
  })

  it('returns a factory of choices, with options or without', () => {
    const heron = define({ name: 'heron' })()
    expect(heron({ loft: 'a' })).toEqual({ definition: heron.definition, options: { loft: 'a' } })
    expect(heron().options).toEqual({})
  })

  it('lists what is registered by rank', () => {
    define({ name: 'wren', rank: 3 })()
    define({ name: 'robin', rank: 1 })()
    const names = registeredTransports().map(({ name }) => name)
    expect(names.indexOf('robin')).toBeLessThan(names.indexOf('wren'))
    expect(names.indexOf('wren')).toBeLessThan(names.indexOf('memory'))
  })

  it.each([
    ['a name with capitals', { name: 'Pigeon' }],
    ['a name that climbs', { name: '../pigeon' }],
    ['no name', { name: undefined }],
    ['no create', { create: undefined }],
    ['no capabilities', { capabilities: null }],
    ['no rank', { rank: undefined }],
    ['a rank that is no number', { rank: Number.NaN }],
    ['no version', { version: undefined }],
    ['an empty version', { version: '' }],
    ['no list of schemes', { schemes: 'pigeon' }],
    ['schemes that it cannot read URLs of', { schemes: ['pigeon'], fromUrl: undefined }],
  ])('refuses %s, and registers nothing', (_what, fault) => {
    const before = registeredTransports().length
    expect(define(fault)).toThrow(
      expect.objectContaining({
        code: 'SM_TRANSPORT_DEFINITION',
        message: expect.stringContaining('Give name, contract'),
      }),
    )
    expect(registeredTransports()).toHaveLength(before)
  })

  it('refuses another contract, and registers nothing', () => {
    expect(define({ name: 'dodo', contract: '2.0' })).toThrow(
      expect.objectContaining({ code: 'SM_TRANSPORT_INCOMPATIBLE', message: expect.stringContaining('"dodo"') }),
    )
    expect(transportNamed('dodo')).toBeUndefined()
  })

  it('says that the contract differs before it looks at a form that another contract may have changed', () => {
    expect(define({ name: 'archaeopteryx', contract: '0.9', rank: undefined, schemes: undefined })).toThrow(
      expect.objectContaining({ code: 'SM_TRANSPORT_INCOMPATIBLE' }),
    )
  })
})

describe('a name or scheme that is taken', () => {
  it('may be registered again by the same transport, also from another copy of its package', () => {
    define({ name: 'swift', schemes: ['swift'] })()
    expect(define({ name: 'swift', schemes: ['swift'] })).not.toThrow()
    expect(registeredTransports().filter(({ name }) => name === 'swift')).toHaveLength(1)
  })

  it('is refused to another transport, and both are named with their versions', () => {
    define({ name: 'crow', version: '1.0.0' })()
    expect(define({ name: 'crow', version: '2.0.0' })).toThrow(
      expect.objectContaining({
        code: 'SM_TRANSPORT_DUPLICATE',
        message: expect.stringMatching(/crow 1\.0\.0 .*crow 2\.0\.0 .*Remove one of the two packages/),
      }),
    )
    expect(transportNamed('crow')?.version).toBe('1.0.0')
  })

  it('is refused when only the scheme is shared, and nothing of the second is registered', () => {
    define({ name: 'owl', schemes: ['owl'] })()
    expect(define({ name: 'barn-owl', schemes: ['barn-owl', 'owl'] })).toThrow(
      expect.objectContaining({
        code: 'SM_TRANSPORT_DUPLICATE',
        message: expect.stringMatching(/"owl:".*owl 1\.0\.0.*barn-owl 1\.0\.0/),
      }),
    )
    expect(transportNamed('barn-owl')).toBeUndefined()
    expect(transportForScheme('barn-owl')).toBeUndefined()
  })
})
