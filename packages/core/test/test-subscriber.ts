import { createMemoryDeduplication } from '../src/deduplication/index.ts'
import { Deadlines, type MaybePromise } from '../src/kernel/index.ts'
import { createSeededRandom } from '../src/kernel/random.ts'
import { createVirtualClock, type VirtualClock } from '../src/kernel/virtual-clock.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { type Job, Subscriber, type SubscriberDeps } from '../src/receiving/index.ts'
import type { SubscriberOptions } from '../src/receiving/subscriber.ts'
import type { Verdict } from '../src/receiving/verdict.ts'

/** The stand-in for the agent of a subscriber. */
export interface TestHost extends SubscriberDeps {
  readonly clock: VirtualClock
  /** How each handling ended, in order: the outcome, or the code of the error. */
  readonly ends: string[]
}

export function testHost(overrides: Partial<TestHost> = {}): TestHost {
  const clock = createVirtualClock()
  const ends: string[] = []
  return {
    clock,
    random: createSeededRandom(1),
    deadlines: new Deadlines(clock, 1),
    deduplication: createMemoryDeduplication({ clock }),
    deduplicatesAlways: () => false,
    running: new Set(),
    ends,
    reports: {
      recordDuration: undefined,
      concluded: (_job, end) => {
        ends.push(typeof end === 'string' ? end : end.code)
      },
      dispatchFailed: (_job, error) => {
        throw error
      },
    },
    answers: { answer: () => undefined },
    ...overrides,
  }
}

const OrderPlaced = defineMessage('order.placed', { schema: unchecked<{ n: number }>() })

/** A handler with all its stages; what is not given is generous. */
export function testSubscriber(
  host: SubscriberDeps,
  handle: (job: Job) => MaybePromise<unknown>,
  options: Partial<SubscriberOptions> = {},
): Subscriber {
  return new Subscriber(
    {
      key: 'billing on order.placed #0',
      message: OrderPlaced,
      versions: new Set([1]),
      concurrency: 16,
      timeoutMs: 60_000,
      retry: { maxAttempts: 5, backoff: { initialMs: 100, maxMs: 30_000, factor: 2, jitter: 0 } },
      handle,
      ...options,
    },
    host,
  )
}

/** The kind of a verdict, in a word. */
export async function kindOf(verdict: MaybePromise<Verdict>): Promise<Verdict['kind']> {
  return (await verdict).kind
}
