import { expect, it } from 'vitest'
import { smError } from '../errors/index.ts'
import { publishOutcome, toOutcomeUnknown } from './outcome.ts'

it('is failed only where an error says so', () => {
  expect(publishOutcome(smError('SM_ROUTE_NONE', 'Nobody', { details: { outcome: 'failed' } }))).toBe('failed')
  expect(publishOutcome(smError('SM_ROUTE_NONE', 'Nobody', { details: { outcome: 'unknown' } }))).toBe('unknown')
  for (const other of [smError('SM_ROUTE_NONE', 'Nobody'), new Error('gone'), 'gone', undefined, null]) {
    expect(publishOutcome(other)).toBe('unknown')
  }
})

it('becomes unknown with the same code, facts and cause', () => {
  const failed = smError('SM_ROUTE_NONE', 'Nobody', { retryable: true, details: { outcome: 'failed', to: 'x' } })
  const unknown = toOutcomeUnknown(failed)
  expect(unknown).toMatchObject({
    code: 'SM_ROUTE_NONE',
    retryable: true,
    details: { outcome: 'unknown', to: 'x' },
    cause: failed,
  })
  expect(toOutcomeUnknown(unknown)).toBe(unknown)
})

it('is left alone in a reason of the user', () => {
  const reason = new Error('enough')
  expect(toOutcomeUnknown(reason)).toBe(reason)
})
