import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testJob } from '../../test/test-job.ts'
import type { Delivery } from '../contract/index.ts'
import { createSeededRandom } from '../kernel/index.ts'
import type { RetryOptions } from '../settings/subscribe-settings.ts'
import { judgeFailure, mergeVerdicts, settle, type Verdict } from './verdict.ts'

const retry: RetryOptions = { maxAttempts: 3, backoff: { initialMs: 100, maxMs: 1_000, factor: 2, jitter: 0 } }
const failure = { code: 'SM_HANDLER_FAILED', message: 'it failed', retryable: true }
const random = createSeededRandom(1)

describe('a message whose handling failed', () => {
  it('is tried again later and later, then rejected with the reason', () => {
    const verdicts = [1, 2, 3, 4].map(attempt => judgeFailure(testJob({}, {}, attempt), failure, retry, random))
    const rejected = { kind: 'reject', reason: { code: 'SM_HANDLER_FAILED', message: 'it failed' } }
    expect(verdicts).toEqual([{ kind: 'nack', delayMs: 100 }, { kind: 'nack', delayMs: 200 }, rejected, rejected])
  })

  it('is rejected at once when another try cannot help', () => {
    expect(judgeFailure(testJob(), { ...failure, retryable: false }, retry, random)).toMatchObject({ kind: 'reject' })
  })

  it('is not tried again when it was sent at most once', () => {
    expect(judgeFailure(testJob({ delivery: 'at-most-once' }), failure, retry, random)).toEqual({ kind: 'ack' })
  })

  it('is tried again at a time that chance has a part in', () => {
    const jittered = { ...retry, backoff: { ...retry.backoff, jitter: 0.5 } }
    const delays = Array.from({ length: 20 }, () => judgeFailure(testJob(), failure, jittered, random)).map(verdict =>
      verdict.kind === 'nack' ? verdict.delayMs : -1,
    )
    expect(delays.every(ms => ms >= 50 && ms <= 100)).toBe(true)
    expect(new Set(delays).size).toBeGreaterThan(5)
  })
})

const reason = { code: 'SM_X', message: 'no' }
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant<Verdict>({ kind: 'ack' }),
  fc.record({ kind: fc.constant('nack' as const), delayMs: fc.nat(1_000) }),
  fc.constant<Verdict>({ kind: 'reject', reason }),
  fc.constant<Verdict>({ kind: 'unaccepted', reason }),
  fc.constant<Verdict>({ kind: 'ignored' }),
)

describe('the verdicts of several handlers', () => {
  it('become one: who may try again decides, then who gave up, then who is done, then who took no such version', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1, maxLength: 6 }), verdicts => {
        const merged = mergeVerdicts(verdicts)
        const of = (kind: Verdict['kind']) => verdicts.filter(one => one.kind === kind)
        const first = (['nack', 'reject', 'ack', 'unaccepted', 'ignored'] as const).find(kind => of(kind).length > 0)
        expect(merged.kind).toBe(first)
        if (merged.kind !== 'nack') return
        // Nobody is asked again before its own backoff has passed.
        expect(merged.delayMs).toBe(Math.max(...of('nack').map(one => (one.kind === 'nack' ? one.delayMs : 0))))
      }),
    )
  })

  it('do not depend on the order of the handlers', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1, maxLength: 6 }), verdicts => {
        expect(mergeVerdicts(verdicts.toReversed())).toEqual(mergeVerdicts(verdicts))
      }),
    )
  })
})

describe('a delivery', () => {
  const settled = (verdict: Verdict, delivery: 'at-most-once' | 'at-least-once' = 'at-least-once') => {
    const calls: unknown[] = []
    const { frame } = testJob({ delivery })
    const target: Delivery = {
      frame,
      attempt: 1,
      ack: () => calls.push('ack'),
      nack: options => calls.push(['nack', options]),
      reject: why => calls.push(['reject', why]),
    }
    settle(target, verdict)
    return calls
  }

  it.each<[Verdict, unknown]>([
    [{ kind: 'ack' }, 'ack'],
    [{ kind: 'ignored' }, 'ack'],
    [{ kind: 'nack', delayMs: 7 }, ['nack', { delayMs: 7 }]],
    [{ kind: 'reject', reason }, ['reject', reason]],
    [{ kind: 'unaccepted', reason }, ['reject', reason]],
  ])('is settled by %j', (one, call) => {
    expect(settled(one)).toEqual([call])
  })

  it.each<Verdict>([
    { kind: 'nack', delayMs: 7 },
    { kind: 'reject', reason },
    { kind: 'unaccepted', reason },
  ])('that was sent at most once is acked whatever the verdict: %j', one => {
    expect(settled(one, 'at-most-once')).toEqual(['ack'])
  })
})
