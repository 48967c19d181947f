import { expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import { createVirtualClock } from '../../kernel/index.ts'
import { expiry } from './expiry.ts'

const clock = createVirtualClock(1_000)
const step = expiry(clock)(() => 'handled')

it.each([
  ['without an end', undefined, 'handled'],
  ['until its end', 1_001, 'handled'],
  ['not at its end', 1_000, 'expired'],
  ['not after its end', 999, 'expired'],
])('a message is handled %s', (_when, expiresAt, outcome) => {
  expect(step(testJob({ expiresAt }, undefined, 1, clock))).toBe(outcome)
})
