import { expect, it } from 'vitest'
import { discover, type LanPeer, putOnMap, toMap } from './topology.ts'

const seen = {
  agent: 'billing',
  instance: 'ONE',
  addresses: ['10.0.0.1:1'],
  fingerprint: 'key',
  network: 'home',
  by: 'mdns',
  seenAt: 7,
} as const
const link = { agent: 'billing', instance: 'ONE', rttMs: 0.3, clockOffsetMs: -2 }

it('the map has what was seen, and of links what they measure', () => {
  expect(toMap([seen], [link])).toEqual([{ ...seen, linked: true, rttMs: 0.3, clockOffsetMs: -2 }])
  expect(toMap([seen], [])).toEqual([{ ...seen, linked: false, rttMs: undefined, clockOffsetMs: undefined }])
})

it('who has dialled without having been seen is on it too', () => {
  const [caller] = toMap([], [{ agent: 'shop', instance: 'TWO' }])
  expect(caller).toMatchObject({ agent: 'shop', instance: 'TWO', by: 'call', addresses: [], linked: true })
})

it('an agent has a map while its transport runs', () => {
  const peers: readonly LanPeer[] = toMap([seen], [])
  const leave = putOnMap('SELF', () => peers)
  expect(discover({ id: 'self', instance: 'SELF' })).toBe(peers)
  leave()
  expect(() => discover({ id: 'self', instance: 'SELF' })).toThrow(TypeError)
})
