import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import { testHost, testSubscriber } from '../../test/test-subscriber.ts'
import type { Transport } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { createVirtualClock } from '../kernel/index.ts'
import { type Settlement, SettleOnce } from '../transport-kit/index.ts'
import { createReceiver } from './receiver.ts'
import type { Subscriber } from './subscriber.ts'
import { acked, type Verdict } from './verdict.ts'

const transport = { name: 'test' } as Transport

function setUp(subscribers: readonly Subscriber[], ofUnhandled: Verdict = acked) {
  const told: string[] = []
  const receive = createReceiver(
    {
      clock: createVirtualClock(),
      reports: {
        received: () => told.push('received'),
        dispatchFailed: (_delivery, error) => told.push(`failed: ${(error as Error).message}`),
        settled: (_delivery, _transport, verdict) => told.push(verdict.kind),
      },
      unhandled: {
        judge() {
          told.push('unhandled')
          return ofUnhandled
        },
      },
    },
    transport,
    () => subscribers,
  )
  const deliver = (id = 'a', attempt = 1) => {
    const settlements: Settlement[] = []
    const settle = (_delivery: unknown, settlement: Settlement) => settlements.push(settlement)
    receive(new SettleOnce(makeFrame({ id }), attempt, { settle }))
    return settlements
  }
  return { told, deliver }
}

describe('a delivery', () => {
  it('is settled at once when its handler returns at once', () => {
    const host = testHost()
    const { told, deliver } = setUp([testSubscriber(host, () => 'done')])
    expect(deliver()).toEqual([{ kind: 'ack' }])
    expect(told).toEqual(['received', 'ack'])
  })

  it('is settled when the last of its handlers has concluded', async () => {
    const host = testHost()
    const end = Promise.withResolvers<void>()
    const quick = testSubscriber(host, () => 'done', { key: 'quick' })
    const slow = testSubscriber(host, () => end.promise, { key: 'slow' })
    const { deliver } = setUp([quick, slow])
    const settlements = deliver()
    await host.clock.advance(0)
    expect(settlements).toEqual([])
    end.resolve()
    await host.clock.advance(0)
    expect(settlements).toEqual([{ kind: 'ack' }])
  })

  it('that nobody handles is for the agent to judge', () => {
    const { told, deliver } = setUp([], { kind: 'nack', delayMs: 5 })
    expect(deliver()).toEqual([{ kind: 'nack', delayMs: 5 }])
    expect(told).toEqual(['received', 'unhandled', 'nack'])
  })

  it('whose handler throws affects no other handler and no other delivery', async () => {
    const host = testHost()
    const handled: string[] = []
    const bad = testSubscriber(
      host,
      () => {
        throw new Error('bad')
      },
      { key: 'bad' },
    )
    const good = testSubscriber(host, ({ header }) => handled.push(header.id), { key: 'good' })
    const { deliver } = setUp([bad, good])
    expect([deliver('a'), deliver('b')]).toEqual([[{ kind: 'nack', delayMs: 100 }], [{ kind: 'nack', delayMs: 100 }]])
    expect(handled).toEqual(['a', 'b'])
  })

  it('that no handler takes in its version is rejected, unless one does', async () => {
    const host = testHost()
    const old = testSubscriber(host, () => 'done', { key: 'old', versions: new Set([9]) })
    const filtered = testSubscriber(host, () => 'done', { key: 'filtered', from: 'somebody else' })
    const takes = testSubscriber(host, () => 'done', { key: 'takes' })
    expect(setUp([old]).deliver()).toMatchObject([{ kind: 'reject', reason: { code: 'SM_VERSION_UNACCEPTED' } }])
    expect(setUp([old, filtered]).deliver('b')).toMatchObject([{ kind: 'reject' }])
    expect(setUp([filtered]).deliver('c')).toEqual([{ kind: 'ack' }])
    expect(setUp([old, takes]).deliver('d')).toEqual([{ kind: 'ack' }])
  })
})

describe('a fault of dispatching itself', () => {
  const down = smError('SM_AGENT_OPTIONS', 'the store is down')
  it.each([
    [
      'at once',
      () => {
        throw down
      },
    ],
    ['later', () => Promise.reject(down)],
  ])('that comes %s is told, and the message is handed back however often it was tried', async (_when, claim) => {
    const host = testHost()
    const broken = testHost({ deduplication: { ...host.deduplication, claim } })
    const { told, deliver } = setUp([testSubscriber(broken, () => 'done')])
    const settlements = deliver('a', 99)
    await host.clock.advance(0)
    expect(settlements).toEqual([{ kind: 'nack', delayMs: 1_000, begun: false }])
    expect(told).toEqual(['received', `failed: ${down.message}`, 'nack'])
  })
})

type End = 'done' | 'fails' | 'fails for good' | 'done later' | 'fails later'
const ends: fc.Arbitrary<End> = fc.constantFrom('done', 'fails', 'fails for good', 'done later', 'fails later')

it('of several handlers, who is done never runs again, and everyone is tried until it is done or given up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(ends, { maxLength: 4 }), { minLength: 2, maxLength: 4 }), async plans => {
      const host = testHost()
      const runs = plans.map(() => [] as End[])
      const finished = (i: number) =>
        runs[i]?.some(end => end === 'done' || end === 'done later' || end === 'fails for good')
      const subscribers = plans.map((plan, i) =>
        testSubscriber(
          host,
          () => {
            expect(finished(i)).toBeFalsy()
            const end = plan[runs[i]?.length ?? 0] ?? 'done'
            runs[i]?.push(end)
            const conclude = () => {
              if (end.startsWith('fails')) throw Object.assign(new Error(end), { retryable: end !== 'fails for good' })
            }
            return end.endsWith('later') ? host.clock.advance(0).then(conclude) : conclude()
          },
          { key: `handler ${i}`, retry: { maxAttempts: 9, backoff: { initialMs: 1, maxMs: 1, factor: 1, jitter: 0 } } },
        ),
      )
      const { deliver } = setUp(subscribers)
      let settlement: Settlement | undefined
      for (let attempt = 1; settlement?.kind !== 'ack' && settlement?.kind !== 'reject'; attempt++) {
        expect(attempt).toBeLessThan(7)
        const settlements = deliver('a', attempt)
        await host.clock.advance(0)
        await host.clock.advance(0)
        expect(settlements).toHaveLength(1)
        settlement = settlements[0]
      }
      for (const i of plans.keys()) expect(finished(i)).toBe(true)
    }),
    { numRuns: 60 },
  )
})
