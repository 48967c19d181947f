import { expect, test } from 'vitest'
import { verdictOf } from './verdict.ts'

test.each([
  ['met', [1.3, 1.5]],
  ['MISSED', [0.9, 1.1]],
  ['unclear', [1.1, 1.3]],
  ['met', [1.2, 1.2]],
] as const)('an aim of at least 1.2 is %s with a middle half of %j', (verdict, range) => {
  expect(verdictOf(range, 1.2, Number.POSITIVE_INFINITY)).toBe(verdict)
})

test.each([
  ['met', [1, 1.2]],
  ['MISSED', [1.3, 1.4]],
  ['unclear', [1.2, 1.3]],
] as const)('an aim of at most 1.25 is %s with a middle half of %j', (verdict, range) => {
  expect(verdictOf(range, 0, 1.25)).toBe(verdict)
})
