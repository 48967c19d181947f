import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Agent } from '../src/agent/index.ts'
import { sleep } from '../src/kernel/clock.ts'
import { memoryDeadLetters } from '../src/memory/index.ts'
import { OrderPlaced } from './orders.ts'
import { testWorld } from './test-world.ts'

/** The events, one after the other. */
type Step =
  | { readonly kind: 'publish'; readonly count: number; readonly direct: boolean }
  | { readonly kind: 'join' }
  | { readonly kind: 'stop'; readonly which: number; readonly drain: boolean; readonly timeoutMs: number }
  | { readonly kind: 'resubscribe'; readonly which: number; readonly drain: boolean }
  | { readonly kind: 'wait'; readonly ms: number }

/** How a handler takes one message at one attempt. */
interface Conduct {
  readonly ms: number
  readonly fails: boolean
  /** Ends early, with the signal's reason, when it is told to stop. */
  readonly obeys: boolean
}

const which = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 5 }),
      direct: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('stop' as const),
      which,
      drain: fc.boolean(),
      timeoutMs: fc.integer({ min: 1, max: 300 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resubscribe' as const), which, drain: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(120) }) },
)
const conduct: fc.Arbitrary<Conduct> = fc.record({
  ms: fc.oneof(fc.constant(0), fc.nat(150)),
  fails: fc.boolean(),
  obeys: fc.boolean(),
})

const maxAttempts = 4

async function history(steps: readonly Step[], conducts: readonly Conduct[]) {
  const { agent, clock, namespace } = testWorld()
  const options = { transports: { memory: { graceMs: 3_600_000 } } }
  const shop = await agent('shop', options)
  const accepted = new Map<number, string>()
  const done = new Map<number, number>()
  const running = new Set<number>()
  const beside: number[] = []
  const stops: Promise<unknown>[] = []
  const instances: Agent[] = []
  const subscriptions = new Map<Agent, ReturnType<typeof subscribe>>()

  const subscribe = (billing: Agent) =>
    billing.subscribe(
      OrderPlaced,
      async ({ n }, { attempt, signal }) => {
        if (running.has(n)) beside.push(n)
        running.add(n)
        try {
          const { ms, fails, obeys } = conducts[(n * 7 + attempt) % conducts.length] as Conduct
          if (ms > 0) await sleep(clock, ms, obeys ? signal : undefined)
          if (fails) throw new Error('failed')
          done.set(n, (done.get(n) ?? 0) + 1)
        } finally {
          running.delete(n)
        }
      },
      { concurrency: 2, prefetch: 4, timeoutMs: Number.POSITIVE_INFINITY, retry: { maxAttempts, initialMs: 20 } },
    )
  const join = async () => {
    const billing = await agent('billing', options)
    subscriptions.set(billing, subscribe(billing))
    instances.push(billing)
  }

  await join()
  let n = 0
  for (const one of steps) {
    const billing = 'which' in one ? instances[one.which] : undefined
    if (one.kind === 'wait') await clock.advance(one.ms)
    else if (one.kind === 'join') await join()
    else if (one.kind === 'stop' && billing) {
      instances.splice(one.which, 1)
      stops.push(billing.stop(one))
    } else if (one.kind === 'resubscribe' && billing) {
      void subscriptions.get(billing)?.close({ drain: one.drain })
      subscriptions.set(billing, subscribe(billing))
    } else if (one.kind === 'publish') {
      for (let i = 0; i < one.count; i++, n++) {
        const receipt = shop.publish(OrderPlaced, { n }, one.direct ? { to: 'billing' } : {})
        const { id, evidence } = await receipt.catch(() => ({ id: '', evidence: 'none' }))
        if (evidence === 'accepted') accepted.set(n, id)
      }
    }
  }
  await join()
  for (let i = 0; i < 60; i++) await clock.advance(10_000)
  await Promise.all(stops)
  const dead = new Map(memoryDeadLetters(namespace).map(({ frame, reason }) => [frame.header.id, reason.code]))
  for (const instance of [...instances, shop]) await instance.stop({ drain: false })
  return { accepted, done, beside, dead }
}

it('whoever comes, goes and fails: what was accepted is handled once, or was given up after its tries', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 20 }),
      fc.array(conduct, { minLength: 3, maxLength: 11 }),
      async (steps, conducts) => {
        const { accepted, done, beside, dead } = await history(steps, conducts)
        expect(beside).toEqual([])
        for (const [n, id] of accepted) {
          const times = done.get(n) ?? 0
          expect({ n, times: times + (dead.has(id) ? 1 : 0) }).toEqual({ n, times: 1 })
          if (dead.has(id)) expect(['SM_HANDLER_FAILED', 'SM_HANDLER_NONE']).toContain(dead.get(id))
        }
      },
    ),
    { numRuns: 60 },
  )
})
