import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../kernel/index.ts'
import { createMemoryDeduplication, sharedDeduplication } from './deduplication-store.ts'

const handler = 'billing on order.placed #0'

function setUp(options: { windowMs?: number; maxEntries?: number } = {}) {
  const clock = createVirtualClock()
  return { clock, store: createMemoryDeduplication({ clock, ...options }) }
}

describe('a claim', () => {
  it('is given to one of those who ask, and not again once it is committed', () => {
    const { store } = setUp()
    expect(store.claim(handler, 'a')).toBe('claimed')
    expect(store.claim(handler, 'a')).toBe('busy')
    store.commit(handler, 'a')
    expect(store.claim(handler, 'a')).toBe('done')
  })

  it('is free again once it is released', () => {
    const { store } = setUp()
    store.claim(handler, 'a')
    store.release(handler, 'a')
    expect(store.claim(handler, 'a')).toBe('claimed')
  })

  it('is that of one handler alone', () => {
    const { store } = setUp()
    store.claim(handler, 'a')
    expect(store.claim('billing on order.placed #1', 'a')).toBe('claimed')
  })

  it('that ends wakes everyone who waits for it, and nobody else', async () => {
    const { store, clock } = setUp()
    const woken: string[] = []
    store.claim(handler, 'a')
    store.claim(handler, 'b')
    for (const [id, name] of [
      ['a', 'a1'],
      ['a', 'a2'],
      ['b', 'b1'],
    ] as const) {
      void store.settled(handler, id).then(() => woken.push(name))
    }
    await clock.advance(0)
    expect(woken).toEqual([])
    store.release(handler, 'a')
    await clock.advance(0)
    expect(woken).toEqual(['a1', 'a2'])
    store.commit(handler, 'b')
    await clock.advance(0)
    expect(woken).toEqual(['a1', 'a2', 'b1'])
  })

  it('that nobody holds is waited for by nobody', async () => {
    await expect(setUp().store.settled(handler, 'never claimed')).resolves.toBeUndefined()
  })
})

describe('what was handled', () => {
  it('is remembered for the whole window and forgotten some time after', async () => {
    const { store, clock } = setUp({ windowMs: 1_000 })
    store.claim(handler, 'a')
    store.commit(handler, 'a')
    for (let ms = 0; ms < 1_000; ms += 100) {
      expect(store.claim(handler, 'a')).toBe('done')
      await clock.advance(100)
    }
    await clock.advance(1_001)
    store.claim(handler, 'b')
    await clock.advance(1_001)
    expect(store.claim(handler, 'a')).toBe('claimed')
  })

  it('is remembered at least until half as many came in as the store holds, and at most until as many did', () => {
    const { store } = setUp({ maxEntries: 100 })
    const handle = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        store.claim(handler, `id-${i}`)
        store.commit(handler, `id-${i}`)
      }
    }
    handle(0, 50)
    expect(store.claim(handler, 'id-0')).toBe('done')
    handle(50, 99)
    expect(store.claim(handler, 'id-49')).toBe('done')
    handle(99, 200)
    expect(store.claim(handler, 'id-49')).toBe('claimed')
  })

  it('is remembered though newer messages have smaller ids', () => {
    const { store } = setUp({ maxEntries: 4 })
    for (const id of ['z', 'y', 'b']) {
      store.claim(handler, id)
      store.commit(handler, id)
    }
    expect(['b', 'y', 'z'].map(id => store.claim(handler, id))).toEqual(['done', 'done', 'done'])
  })

  it('for a message that is still being handled never ends, however much time and traffic passes', async () => {
    const { store, clock } = setUp({ windowMs: 10, maxEntries: 4 })
    store.claim(handler, 'slow')
    for (let i = 0; i < 50; i++) {
      store.claim(handler, `id-${i}`)
      store.commit(handler, `id-${i}`)
      await clock.advance(7)
    }
    expect(store.claim(handler, 'slow')).toBe('busy')
    store.commit(handler, 'slow')
    expect(store.claim(handler, 'slow')).toBe('done')
    store.claim(handler, 'other')
    store.release(handler, 'other')
    expect(store.claim(handler, 'other')).toBe('claimed')
  })
})

type Command =
  | { readonly kind: 'claim' | 'commit' | 'release'; readonly id: string }
  | { readonly kind: 'wait'; readonly ms: number }

const windowMs = 100
const maxEntries = 20
/** Ids of another kind, and ids that our agents count up, two of them within one millisecond. */
const anyId = fc.oneof(
  fc.string({ maxLength: 1 }),
  fc
    .tuple(fc.constantFrom('1', '2'), fc.integer({ min: 0, max: 9 }))
    .map(([ms, n]) => `01JQ${ms}00000000000000000000${n}`),
)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('claim' as const), id: anyId }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), id: anyId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), id: anyId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 150 }) }) },
)

it('a store agrees with a naive one that remembers everything, but for what it may forget', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), commands => {
      let now = 0
      const clock = { now: () => now, elapsed: () => now, schedule: () => () => {} }
      const store = createMemoryDeduplication({ clock, windowMs, maxEntries })
      const busy = new Set<string>()
      const done = new Map<string, { readonly at: number; readonly claims: number }>()
      let claims = 0
      let mostBusy = 0
      for (const step of commands) {
        if (step.kind === 'wait') now += step.ms
        else if (step.kind === 'claim') {
          const claim = store.claim(handler, step.id)
          const handled = done.get(step.id)
          const mayForget =
            handled !== undefined &&
            (now - handled.at > windowMs || claims - handled.claims >= maxEntries / 2 - mostBusy)
          if (busy.has(step.id)) expect(claim).toBe('busy')
          else if (handled === undefined) expect(claim).toBe('claimed')
          else if (!mayForget) expect(claim).toBe('done')
          if (claim !== 'claimed') continue
          claims += 1
          done.delete(step.id)
          busy.add(step.id)
          mostBusy = Math.max(mostBusy, busy.size)
        } else if (busy.delete(step.id)) {
          store[step.kind](handler, step.id)
          if (step.kind === 'commit') done.set(step.id, { at: now, claims })
        }
      }
    }),
    { numRuns: 300 },
  )
})

describe('the store that agents share by default', () => {
  it('is one per namespace', () => {
    const clock = createVirtualClock()
    expect(sharedDeduplication('one', clock)).toBe(sharedDeduplication('one', clock))
    expect(sharedDeduplication('one', clock)).not.toBe(sharedDeduplication('two', clock))
  })

  it('is kept for a thousand namespaces, the oldest of which makes room', () => {
    const clock = createVirtualClock()
    const first = sharedDeduplication('first-of-many', clock)
    for (let i = 0; i < 1_000; i++) sharedDeduplication(`many-${i}`, clock)
    expect(sharedDeduplication('first-of-many', clock)).not.toBe(first)
  })
})
