import { defineMessage, unchecked } from '@sm/core'
import { createSeededRandom } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import type { Chooser } from '../src/exploration/choosing-loop.ts'
import { run, walk } from '../src/exploration/explore.ts'
import { commute } from '../src/exploration/footprint.ts'
import type { Strike } from '../src/exploration/one-fault.ts'
import { type ExplorationOptions, toExploration } from '../src/exploration/options.ts'
import type { Happened } from '../src/exploration/races.ts'
import { Search } from '../src/exploration/search.ts'
import type { History } from '../src/history/history.ts'
import { type AgentProcess, brokerWire, meshWire } from '../src/index.ts'

const Job = defineMessage('job', { schema: unchecked<number>() })

/** Publishes so many jobs. */
const sender =
  (count: number) =>
  ({ agent, clock }: AgentProcess) => {
    const publish = () => {
      for (let n = 1; n <= count; n++) agent.publish(Job, n, { to: 'receiver' }).catch(() => undefined)
    }
    clock.schedule(publish, 2_000 - clock.elapsed())
  }

const world = (count: number, given: Partial<ExplorationOptions>): ExplorationOptions => ({
  ...{ wires: { bus: brokerWire({ visibilityMs: 400, answerMs: 300 }) }, durationMs: 2_900 },
  agents: [
    { id: 'sender', run: sender(count) },
    { id: 'receiver', run: ({ agent }) => agent.subscribe(Job, () => undefined) },
  ],
  ...given,
})

const struck = (maxMs: number, ...strikes: readonly Strike[]) => world(1, { fault: { strikes, maxMs } })
const lan = meshWire({ mesh: { heartbeatMs: 20_000 } })

/** What has happened, whatever came first at different processes. */
function outcome({ processes, publishes, handlings, faults }: History): string {
  const sorted = (records: readonly object[]) => records.map(record => JSON.stringify(record)).sort()
  return JSON.stringify([processes, publishes, handlings, faults].map(sorted))
}

/** The order of events, written so that two have the same text only if they differ in events that commute. */
function trace(events: readonly Happened[]): string {
  const waiting = [...events.keys()]
  const text: string[] = []
  const follows = (later: Happened, earlier: number) =>
    later.cause === earlier ||
    later.name === events[earlier]?.name ||
    !commute(later.footprint, events[earlier]?.footprint)
  while (waiting.length > 0) {
    const free = waiting.filter((number, i) =>
      waiting.slice(0, i).every(earlier => !follows(events[number] as Happened, earlier)),
    )
    const next = free.reduce((a, b) => ((events[b] as Happened).name < (events[a] as Happened).name ? b : a))
    waiting.splice(waiting.indexOf(next), 1)
    text.push((events[next] as Happened).name)
  }
  return text.join(', ')
}

async function explored(options: ExplorationOptions, reduces: boolean) {
  const outcomes = new Set<string>()
  const traces = new Set<string>()
  const search = new Search({ reduces })
  const { interleavings } = await walk(toExploration(options), search, ({ history }) => {
    outcomes.add(outcome(history))
    traces.add(trace(search.events))
  })
  return { outcomes, traces, interleavings }
}

describe('an exploration that leaves out what comes to the same', () => {
  it.each<[string, ExplorationOptions]>([
    ['two messages over a broker', world(2, {})],
    [
      'a lost answer',
      struck(0, { kind: 'lost-answer', host: 'bus-broker' }, { kind: 'lost-answer', host: 'receiver-0' }),
    ],
    ['a half-open path', struck(200, { kind: 'half-open', host: 'bus-broker' })],
    ['a timer that is late', world(1, { lateTimers: 1 })],
    [
      'a mesh that is cut',
      world(2, { wires: { lan }, fault: { strikes: [{ kind: 'cut', host: 'sender-0' }], maxMs: 0 } }),
    ],
  ])('finds all that one of every order finds, each once: %s', async (_what, options) => {
    const full = await explored(options, false)
    const reduced = await explored(options, true)
    expect(reduced.outcomes).toEqual(full.outcomes)
    expect(reduced.traces).toEqual(full.traces)
    expect(reduced.interleavings).toBe(full.traces.size)
  })

  it.each<[string, ExplorationOptions]>([
    ['a broker that crashes', struck(0, { kind: 'broker-crash', host: 'bus-broker' })],
    [
      'a receiver that crashes, and starts again in one event',
      world(1, { fault: { strikes: [{ kind: 'crash', host: 'receiver-0' }], maxMs: 0, wholeStarts: true } }),
    ],
    ['a receiver that crashes', world(0, { fault: { strikes: [{ kind: 'crash', host: 'receiver-0' }], maxMs: 0 } })],
  ])('misses nothing that an order by chance shows: %s', async (_what, options) => {
    const { outcomes } = await explored(options, true)
    const random = createSeededRandom(1)
    const chance: Chooser = { choose: ({ length }) => random.uint32() % length, ran: () => undefined }
    for (let i = 0; i < 200; i++) {
      const report = await run(toExploration(options), chance)
      expect(outcomes).toContain(outcome(report?.history as History))
    }
  })
})
