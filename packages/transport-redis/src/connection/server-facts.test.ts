import { describe, expect, it } from 'vitest'
import { capabilitiesOf, unfitness } from '../capabilities.ts'
import { toServerFacts } from './server-facts.ts'

const info = (fields: Record<string, string | number>) =>
  Object.entries({ redis_version: '7.2.4', uptime_in_seconds: 10, ...fields })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('# Section\r\n')

describe('what is known of a server', () => {
  it('is read from its INFO', () => {
    expect(toServerFacts(info({ aof_enabled: 1, loading: 1 }), 'always')).toEqual({
      ...{
        known: true,
        version: [7, 2, 4],
        mayEvict: false,
        syncsAlways: true,
        isReplica: false,
        loading: true,
        upMs: 10_000,
      },
    })
    expect(toServerFacts(info({ role: 'slave' }), undefined).isReplica).toBe(true)
  })

  it.each([
    [{ maxmemory: 0, maxmemory_policy: 'allkeys-lru' }, undefined],
    [{ maxmemory: 1, maxmemory_policy: 'noeviction' }, undefined],
    [{ maxmemory: 1, maxmemory_policy: 'volatile-ttl' }, /noeviction/],
    [{ redis_version: '6.0.16' }, /6\.0\.16 is too old/],
    [{ redis_version: '6.2.0' }, undefined],
    [{ redis_version: '5.0.0' }, /too old/],
  ])('decides what can be relied on: %j', (fields, lack) => {
    const facts = toServerFacts(info(fields), undefined)
    if (lack) expect(unfitness(facts)).toMatch(lack)
    else expect(unfitness(facts)).toBeUndefined()
    const { delivery, durable } = capabilitiesOf(facts)
    expect([delivery['at-least-once'], durable]).toEqual(lack ? [undefined, false] : ['accepted', true])
  })

  it('is too little when it says nothing', () => {
    expect(unfitness(toServerFacts(undefined, undefined))).toMatch(/INFO is not permitted/)
  })

  it('makes a receipt a proof of persistence only where every write is synced', () => {
    const evidence = (aof: number, sync: string | undefined) =>
      capabilitiesOf(toServerFacts(info({ aof_enabled: aof }), sync)).delivery['at-least-once']
    expect(evidence(1, 'always')).toBe('persisted')
    for (const [aof, sync] of [
      [1, 'everysec'],
      [0, 'always'],
      [1, undefined],
    ] as const) {
      expect(evidence(aof, sync)).toBe('accepted')
    }
  })
})
