import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, it } from 'vitest'
import type { FoundPeer } from './discovery/discovery.ts'
import type { Credentials } from './keys/credentials.ts'
import { fingerprintOf, TrustedKeys } from './keys/trusted-keys.ts'
import { KnownPeers } from './known-peers.ts'
import { generateKeyPair, primitivesReady } from './noise/primitives.ts'

const peer: FoundPeer = {
  agent: 'shop',
  instance: '01A',
  addresses: ['10.0.0.1:1'],
  fingerprint: 'f',
  network: 'n',
  by: 'mdns',
}

function world(network: string, trusted?: TrustedKeys) {
  const told: string[] = []
  const identity = generateKeyPair()
  const credentials: Credentials = { identity, fingerprint: '', psk: undefined, network, trusted }
  const known = new KnownPeers(credentials, {
    found: ({ instance }) => told.push(`found ${instance}`),
    lost: instance => told.push(`lost ${instance}`),
  })
  return { known, told }
}

beforeAll(primitivesReady)

describe('known peers', () => {
  it('are told once, and lost once', () => {
    const { known, told } = world('n')
    known.found(peer)
    known.found({ ...peer, addresses: ['10.0.0.2:1'] })
    assert.deepEqual(known.addresses('01A'), ['10.0.0.2:1'])
    known.lost('01A')
    known.lost('01A')
    assert.deepEqual(told, ['found 01A', 'lost 01A'])
    assert.deepEqual(known.addresses('01A'), [])
  })

  it('are dialled last where they were not', () => {
    const { known } = world('n')
    known.found({ ...peer, addresses: ['a:1', 'b:1', 'c:1'] })
    known.failed('01A', 'a:1')
    known.failed('01A', 'z:1')
    known.failed('01B', 'a:1')
    assert.deepEqual(known.addresses('01A'), ['b:1', 'c:1', 'a:1'])
  })

  it('of another network key are not told, and those that do not say so are', () => {
    const { known, told } = world('n')
    known.found({ ...peer, network: 'other' })
    known.found({ ...peer, network: '', instance: '01B' })
    known.found({ ...peer, network: undefined, instance: '01C' })
    assert.deepEqual(told, ['found 01C'])
  })

  it('come and go as trust does', () => {
    const key = randomBytes(32)
    const trusted = new TrustedKeys()
    const { known, told } = world('', trusted)
    trusted.onChange(() => known.judgeAgain())
    known.found({ ...peer, network: '', fingerprint: fingerprintOf(key) })
    assert.deepEqual(told, [])
    trusted.allow(key.toString('base64url'))
    trusted.revoke(key.toString('base64url'))
    trusted.allow(key.toString('base64url'))
    assert.deepEqual(told, ['found 01A', 'lost 01A', 'found 01A'])
  })

  it('that were given up for good are told again when trust changes', () => {
    const trusted = new TrustedKeys()
    const { known, told } = world('', trusted)
    known.found({ ...peer, network: '', fingerprint: undefined })
    known.refused('01A')
    assert.deepEqual(told, ['found 01A'])
    known.judgeAgain()
    assert.deepEqual(told, ['found 01A', 'found 01A'])
  })
})
