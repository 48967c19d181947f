import { describe, expect, it } from 'vitest'
import type { Capabilities } from '../contract/index.ts'
import { requireSubscribable, unmetDemand } from './demands.ts'

const all: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'persisted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_000_000,
  expiry: true,
  delay: true,
  encrypted: true,
  deadLetters: true,
  publishOnly: false,
}

describe('the demands of a message', () => {
  it('are met by a transport that has what they name', () => {
    expect(unmetDemand({ delivery: 'at-least-once', needs: ['durable', 'encrypted'] }, all)).toBeUndefined()
  })

  it('name the delivery level that a transport does not offer', () => {
    const capabilities = { ...all, delivery: { 'at-most-once': 'sent' } as const }
    expect(unmetDemand({ delivery: 'at-least-once', needs: [] }, capabilities)).toBe(
      'it does not deliver at-least-once',
    )
  })

  it.each(['durable', 'encrypted'] as const)('name the missing %s', need => {
    expect(unmetDemand({ delivery: 'at-most-once', needs: [need] }, { ...all, [need]: false })).toBe(
      `it is not ${need}`,
    )
  })
})

describe('the demands of a subscription', () => {
  it.each([
    ['durable', { durable: true }, { ...all, durable: false }, 'is durable and it is not'],
    ['wildcard', { wildcard: true }, { ...all, wildcards: false }, 'has a wildcard and it takes none'],
    ['any', {}, { ...all, publishOnly: true }, 'it only publishes'],
  ] as const)('are refused with both sides named: %s', (_name, demands, capabilities, lack) => {
    expect(() => requireSubscribable('pigeon', capabilities, demands)).toThrow(
      expect.objectContaining({ code: 'SM_CAPABILITY_MISSING', message: expect.stringContaining(`"pigeon"`) }),
    )
    expect(() => requireSubscribable('pigeon', capabilities, demands)).toThrow(lack)
  })

  it('pass where the transport can serve them', () => {
    expect(() => requireSubscribable('pigeon', all, { durable: true, wildcard: true })).not.toThrow()
  })
})
