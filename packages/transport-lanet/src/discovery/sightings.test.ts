import { createVirtualClock } from '@sm/core/testing'
import { expect, it } from 'vitest'
import type { FoundPeer } from './discovery.ts'
import { Sightings } from './sightings.ts'

const peer = (instance: string, addresses: readonly string[], by: FoundPeer['by'] = 'mdns'): FoundPeer => ({
  agent: 'billing',
  instance,
  addresses,
  fingerprint: by === 'mdns' ? undefined : 'key',
  network: by === 'mdns' ? 'home' : undefined,
  by,
})

it('a peer that is found by several means is one, with all that is known of it', () => {
  const sightings = new Sightings(createVirtualClock())
  sightings.saw(peer('one', ['10.0.0.1:1']), false)
  const seen = sightings.saw(peer('one', ['10.0.0.9:1'], 'scan'), true)
  expect(seen).toEqual({
    ...peer('one', ['10.0.0.1:1', '10.0.0.9:1']),
    fingerprint: 'key',
  })
  expect(sightings.list()).toHaveLength(1)
})

it('an announcement replaces the addresses of the one before, an answer adds to those of others', () => {
  const sightings = new Sightings(createVirtualClock())
  sightings.saw(peer('one', ['10.0.0.1:1']), false)
  expect(sightings.saw(peer('one', ['10.0.0.2:1']), false)?.addresses).toEqual(['10.0.0.2:1'])
  sightings.saw(peer('two', ['10.0.0.3:1'], 'peers'), true)
  expect(sightings.saw(peer('two', ['10.0.0.4:1'], 'peers'), true)?.addresses).toEqual(['10.0.0.4:1', '10.0.0.3:1'])
})

it('where somebody has proved to be, nobody else is', () => {
  const sightings = new Sightings(createVirtualClock())
  sightings.saw(peer('one', ['10.0.0.1:1', '10.0.0.2:1']), false)
  sightings.saw(peer('two', ['10.0.0.1:1'], 'peers'), true)
  expect(sightings.get('one')?.addresses).toEqual(['10.0.0.2:1'])
  expect(sightings.isAt('10.0.0.1:1')).toBe(true)
  expect(sightings.remove('two')).toBe(true)
  expect(sightings.isAt('10.0.0.1:1')).toBe(false)
  expect(sightings.remove('two')).toBe(false)
})

it('so many claims are remembered and no more, each with so many addresses, and whoever is proved', () => {
  const sightings = new Sightings(createVirtualClock())
  const places = Array.from({ length: 40 }, (_, i) => `10.0.0.${i}:1`)
  expect(sightings.saw(peer('one', places), false)?.addresses).toHaveLength(16)
  for (let i = 1; i < 4_096; i++) sightings.saw(peer(`peer-${i}`, ['10.0.1.1:1']), false)
  expect(sightings.saw(peer('one too many', []), false)).toBeUndefined()
  expect(sightings.saw(peer('one', []), false)).toBeDefined()
  expect(sightings.saw(peer('proved', ['10.0.2.1:1'], 'peers'), true)).toBeDefined()
  expect(sightings.saw(peer('one too many', []), false)).toBeUndefined()
  sightings.remove('one')
  expect(sightings.saw(peer('one too many', []), false)).toBeDefined()
})
