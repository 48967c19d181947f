import { expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import { version } from './version.ts'

it('lets through the versions that are accepted, and no other', () => {
  const step = version(new Set([1, 3]))(() => 'handled')
  expect([1, 2, 3, 4].map(number => step(testJob({ version: number })))).toEqual([
    'handled',
    'unaccepted',
    'handled',
    'unaccepted',
  ])
})

it('is no step of its own where every version is accepted', () => {
  const next = () => 'handled' as const
  expect(version(undefined)(next)).toBe(next)
})
