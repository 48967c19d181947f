import { defineMessage, unchecked } from '@sm/core'
import { fraction } from '@sm/core/transport'
import { brokerWire } from '../broker/broker-wire.ts'
import type { FaultKind } from '../faults/fault.ts'
import type { History } from '../history/history.ts'
import { isCalm } from '../history/is-calm.ts'
import { meshWire } from '../mesh/mesh-wire.ts'
import type { SimulationOptions } from '../options.ts'
import type { AgentProcess } from '../processes/agent-process.ts'
import type { AgentSpec } from '../processes/agent-spec.ts'

const Task = defineMessage('failover.task', { schema: unchecked<number>() })
const Reading = defineMessage('failover.reading', { schema: unchecked<number>(), repeats: 'allowed' })
const News = defineMessage('failover.news', { schema: unchecked<number>() })

/** When shops publish no more, in milliseconds. */
const busyUntilMs = 24_000
/** When the late agent subscribes, in milliseconds. */
const lateMs = 18_000
/** How long a message may take that bears repeats, while one wire of two works: a stall is noticed after a second. */
const maxMoveMs = 2_500

async function shop({ agent, clock, random, sleep, signal }: AgentProcess): Promise<void> {
  for (let round = 1; clock.elapsed() < busyUntilMs && !signal.aborted; round++) {
    await sleep(20 + fraction(random) * 300)
    const chance = fraction(random)
    const published =
      chance < 0.4
        ? agent.publish(Task, round, { to: fraction(random) < 0.2 ? 'late' : 'billing' })
        : chance < 0.7
          ? agent.publish(Reading, round, { to: 'billing' })
          : agent.publish(News, round, { key: agent.instance })
    published.catch(() => undefined)
  }
}

/** Takes a while for a task, so that it can end in the middle of one. */
async function billing({ agent, clock }: AgentProcess): Promise<void> {
  const work = () => new Promise<void>(resolve => clock.schedule(resolve, 50))
  await Promise.all([
    agent.subscribe(Task, work),
    ...[Reading, News].map(type => agent.subscribe(type, () => undefined)),
  ])
}

/** Is there from the beginning, and takes nothing for long: no wire is to blame for that. */
async function late({ agent, sleep }: AgentProcess): Promise<void> {
  await sleep(lateMs)
  await agent.subscribe(Task, () => undefined)
}

/** What is known of the others would choose other ways than the ladder: here it is looked at what becomes of messages on theirs. */
const options = { durable: 'preferred', publishTimeoutMs: 15_000, presence: false } as const
const agents: readonly AgentSpec[] = [
  { id: 'shop', instances: 2, options, run: shop },
  { id: 'billing', instances: 2, options, run: billing },
  { id: 'late', options, run: late },
]

const reconnect = { initialMs: 50, maxMs: 1_000 }
const times = { heartbeatMs: 5_000, deadAfterMs: 12_000, graceMs: 60_000, reconnect }
const brokered = (rank: number) =>
  brokerWire({ rank, visibilityMs: 4_000, broker: { ...times, maxInFlight: 4, publishTimeoutMs: 3_500 } })
const wires = {
  relay: brokered(10),
  bus: brokered(30),
  lan: meshWire({ rank: 20, mesh: { ...times, heartbeatMs: 1_000, deadAfterMs: 2_500, graceMs: 500 } }),
}

/** Without faults every message to one agent goes by the first wire of the ladder: no breaker stays open, and none opens for nothing. */
function firstWireWhenCalm(history: History): readonly string[] {
  return history.publishes
    .filter(({ outcome, to, at, endedAt = at, transports }) => {
      return outcome === 'ok' && to !== undefined && transports?.[0] !== 'relay' && isCalm(history, at, endedAt)
    })
    .map(
      ({ number, type, at, transports }) =>
        `#${number} (${type}) went over ${transports} at ${at} ms without any fault`,
    )
}

/** What may move does, as soon as its wire takes nothing. */
function movesInTime({ publishes }: History): readonly string[] {
  return publishes
    .filter(({ mayRepeat, at, endedAt = Number.POSITIVE_INFINITY }) => mayRepeat && endedAt - at > maxMoveMs)
    .map(
      ({ number, at, endedAt }) => `#${number} took from ${at} to ${endedAt} ms, and could have gone over another wire`,
    )
}

/** The broadcasts of one shop come to each instance in their order, also those that waited for a wire. */
function broadcastsInOrder({ publishes, handlings }: History): readonly string[] {
  const first = handlings.filter(({ type, attempt }) => type === News.type && attempt === 1)
  const bySender = Map.groupBy(first, ({ instance, transport, publish }) => {
    return `${publishes[publish - 1]?.instance} ${instance} ${transport}`
  })
  return [...bySender.values()].flatMap(taken =>
    taken.slice(1).flatMap(({ publish }, i) => {
      const before = taken[i]?.publish as number
      return before > publish ? `the broadcast #${before} came before #${publish}` : []
    }),
  )
}

const relay = ['relay-broker']

/** The faults of a failover. */
export interface FailoverFaults {
  readonly kinds: readonly FaultKind[]
  /** Whom they strike. Default: the broker, which leaves the mesh to all. */
  readonly hosts?: readonly string[]
}

/** Publishers, and receivers of which nobody can notice a repeat, over a broker that fails and a mesh in reserve. */
export function failover(seed: number, { kinds, hosts = relay }: FailoverFaults): SimulationOptions {
  return {
    ...{ seed, agents, wires, durationMs: 45_000, recoveryMs: 6_000, skew: false },
    faults: { kinds, hosts, count: 4, fromMs: 3_000, untilMs: 15_000, maxMs: 5_000 },
    check: history => [
      ...firstWireWhenCalm(history),
      ...broadcastsInOrder(history),
      // Where a fault strikes agents, no wire may work.
      ...(hosts === relay ? movesInTime(history) : []),
    ],
    replay: `failover({seed}, ${JSON.stringify({ kinds, hosts })})`,
  }
}

const newsAgents: readonly AgentSpec[] = [
  {
    ...{ id: 'shop', options },
    async run({ agent, clock, random, sleep, signal }) {
      for (let n = 1; clock.elapsed() < busyUntilMs && !signal.aborted; n++) {
        await sleep(20 + fraction(random) * 200)
        agent.publish(News, n, { key: 'one' }).catch(() => undefined)
      }
    },
  },
  ...['relay', 'lan'].map(wire => ({
    ...{ id: `reader-on-${wire}`, wires: [wire], options },
    run: ({ agent }: AgentProcess) => agent.subscribe(News, () => undefined),
  })),
]

/** A publisher of broadcasts that starts again and again, also while a reader whom it has to reach is away. */
export function awayReaders(seed: number): SimulationOptions {
  const kinds = ['crash', 'partition'] as const
  return {
    ...{ seed, agents: newsAgents, wires, durationMs: 45_000, recoveryMs: 6_000, skew: false },
    faults: { kinds, hosts: ['shop-0', 'reader-on-lan-0'], count: 8, fromMs: 1_000, untilMs: 20_000, maxMs: 4_000 },
    check: broadcastsInOrder,
    replay: 'awayReaders({seed})',
  }
}
