import { describe, expect, it } from 'vitest'
import { losesShared } from './replicas.ts'

describe('a stream with replicas', () => {
  it.each([
    ['2.9.10', 3, true],
    ['2.9.15', 3, true],
    ['2.8.4', 3, true],
    ['1.4.1', 3, true],
    ['2.9.16', 3, false],
    ['2.9.25', 3, false],
    ['2.10.0', 3, false],
    ['2.10.27-beta.1', 3, false],
    ['3.0.0', 3, false],
    ['', 3, false],
    ['2.9.10', 1, false],
  ])('of nats-server %s with %i replicas may lose what several groups want: %s', (version, replicas, may) => {
    expect(losesShared(version, replicas)).toBe(may)
  })
})
