import { describe, expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import type { SenderFilter } from '../../settings/options.ts'
import { filter } from './filter.ts'

const passes = (from: SenderFilter, sender: string) =>
  filter({ from })(() => 'handled')(testJob({ from: sender })) === 'handled'

describe('a filter on the sender', () => {
  it.each<[SenderFilter, string, boolean]>([
    ['shop', 'shop', true],
    ['shop', 'shop/01J1', true],
    ['shop', 'shopping/01J1', false],
    ['shop', 'workshop', false],
    ['shop/01J1', 'shop/01J1', true],
    ['shop/01J1', 'shop/01J2', false],
    ['shop/01J1', 'shop', false],
    [/^shop/, 'shopping/01J1', true],
    [/^shop\//, 'shopping/01J1', false],
    [/01J2$/, 'shop/01J2', true],
    [['shop', /^bill/], 'billing/01J1', true],
    [['shop', /^bill/], 'shop', true],
    [['shop', /^bill/], 'probe', false],
    [[], 'shop', false],
  ])('%o of %s: %s', (from, sender, expected) => {
    expect(passes(from, sender)).toBe(expected)
  })

  it.each([/shop/g, /shop/y])('forgets where the expression %s stopped before', expression => {
    const step = filter({ from: expression })(() => 'handled')
    expect([1, 2, 3].map(() => step(testJob({ from: 'shop/01J1' })))).toEqual(['handled', 'handled', 'handled'])
  })

  it.each([7, null, [7], [undefined], {}])('refuses %j, which is none', from => {
    expect(() => filter({ from: from as never })).toThrow(
      expect.objectContaining({ code: 'SM_SUBSCRIPTION_OPTIONS', message: expect.stringContaining('"from"') }),
    )
  })
})

describe('a filter on the kind of address', () => {
  const direct = testJob({ to: 'billing' })
  const broadcast = testJob()

  it('takes what is addressed to the agent', () => {
    const step = filter({ only: 'direct' })(() => 'handled')
    expect([step(direct), step(broadcast)]).toEqual(['handled', 'ignored'])
  })

  it('takes broadcasts', () => {
    const step = filter({ only: 'broadcast' })(() => 'handled')
    expect([step(direct), step(broadcast)]).toEqual(['ignored', 'handled'])
  })

  it('is joined to the one on the sender: both must pass', () => {
    const step = filter({ only: 'direct', from: 'shop' })(() => 'handled')
    expect(step(testJob({ to: 'billing', from: 'shop' }))).toBe('handled')
    expect(step(testJob({ to: 'billing', from: 'probe' }))).toBe('ignored')
    expect(step(testJob({ from: 'shop' }))).toBe('ignored')
  })
})

it('a filter that asks for nothing is no step of its own', () => {
  const next = () => 'handled' as const
  expect(filter({})(next)).toBe(next)
})
