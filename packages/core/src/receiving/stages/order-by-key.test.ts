import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import { createVirtualClock, sleep } from '../../kernel/index.ts'
import { Gate } from './gate.ts'
import { orderByKey } from './order-by-key.ts'

interface Event {
  readonly i: number
  readonly kind: 'begin' | 'end'
}

const message = fc.record({
  key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  ms: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  fails: fc.boolean(),
})

describe('messages with one key', () => {
  it('run one after the other in their order, whatever each takes and whether it fails; others do not wait', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 25 }), async messages => {
        const clock = createVirtualClock()
        const events: Event[] = []
        const step = orderByKey(new Gate())(job => {
          const { i } = job.frame.body.value() as { i: number }
          const { ms, fails } = messages[i] as (typeof messages)[number]
          events.push({ i, kind: 'begin' })
          const end = () => {
            events.push({ i, kind: 'end' })
            if (fails) throw new Error('failed')
            return 'handled' as const
          }
          return ms === undefined ? end() : sleep(clock, ms).then(end)
        })
        const outcomes = Promise.allSettled(messages.map(async ({ key }, i) => step(testJob({ key }, { i }))))
        await clock.advance(1_000)
        await outcomes

        for (const lane of ['a', 'b', 'c']) {
          const own = events.filter(({ i }) => messages[i]?.key === lane)
          const inTurn = messages.flatMap(({ key }, i) =>
            key === lane
              ? [
                  { i, kind: 'begin' },
                  { i, kind: 'end' },
                ]
              : [],
          )
          expect(own).toEqual(inTurn)
        }
        expect(events.filter(({ kind }) => kind === 'end')).toHaveLength(messages.length)
      }),
      { numRuns: 60 },
    )
  })

  it('wait for no message with another key or none', async () => {
    const stuck = new Promise<never>(() => {})
    const step = orderByKey(new Gate())(job => (job.header.key === 'stuck' ? stuck : 'handled'))
    void step(testJob({ key: 'stuck' }))
    expect(step(testJob({ key: 'other' }))).toBe('handled')
    expect(step(testJob())).toBe('handled')
  })

  it('wait for a handler that outlives its time until it has ended', async () => {
    const late = Promise.withResolvers<void>()
    let calls = 0
    const step = orderByKey(new Gate())(job => {
      if (++calls > 1) return 'handled'
      job.running = late.promise
      return Promise.reject(new Error('time is over'))
    })
    const first = Promise.resolve(step(testJob({ key: 'a' }))).catch(() => 'failed')
    const second = step(testJob({ key: 'a' }))
    await createVirtualClock().advance(0)
    expect(await first).toBe('failed')
    expect(calls).toBe(1)
    late.resolve()
    expect(await second).toBe('handled')
  })

  it('go on after one that threw at once', () => {
    let calls = 0
    const step = orderByKey(new Gate())(() => {
      if (++calls === 1) throw new Error('at once')
      return 'handled'
    })
    expect(() => step(testJob({ key: 'a' }))).toThrow('at once')
    expect(step(testJob({ key: 'a' }))).toBe('handled')
  })
})
