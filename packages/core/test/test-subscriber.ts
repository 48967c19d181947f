import { createMemoryDeduplication } from '../src/deduplication/index.ts'
import type { SmError } from '../src/errors/index.ts'
import { Deadlines, type MaybePromise } from '../src/kernel/index.ts'
import { createSeededRandom } from '../src/kernel/random.ts'
import { createVirtualClock, type VirtualClock } from '../src/kernel/virtual-clock.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { type Job, type Outcome, Subscriber, type SubscriberHost } from '../src/receiving/index.ts'
import type { SubscriberOptions } from '../src/receiving/subscriber.ts'
import type { Verdict } from '../src/receiving/verdict.ts'

/** What stands in for the agent of a subscriber. */
export interface TestHost extends SubscriberHost {
  readonly clock: VirtualClock
  /** How each handling ended, in order: the outcome, or the code of the error. */
  readonly ends: string[]
}

export function testHost(overrides: Partial<SubscriberHost> = {}): TestHost {
  const clock = createVirtualClock()
  const ends: string[] = []
  return {
    clock,
    random: createSeededRandom(1),
    deadlines: new Deadlines(clock, 1),
    deduplication: createMemoryDeduplication({ clock }),
    deduplicatesAlways: false,
    running: new Set(),
    recordDuration: undefined,
    ends,
    concluded: (_job, _subscriber, end: Outcome | SmError) => {
      ends.push(typeof end === 'string' ? end : end.code)
    },
    faulted: (_job, error) => {
      throw error
    },
    ...overrides,
  } as TestHost
}

const OrderPlaced = defineMessage('order.placed', { schema: unchecked<{ n: number }>() })

/** A handler with all its stages; what is not given is generous. */
export function testSubscriber(
  host: SubscriberHost,
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

/** What a verdict comes to, in a word. */
export async function kindOf(verdict: MaybePromise<Verdict>): Promise<Verdict['kind']> {
  return (await verdict).kind
}
