import type { BrokerName } from '../../../../tooling/brokers/index.ts'
import { prepareBroker } from '../broker-server.ts'
import type { PairName } from '../pairs/index.ts'
import { bodySizes } from '../payload.ts'
import type { Aim, Contender, Delivery, Scenario, Subject } from '../scenario.ts'
import type { Target } from '../target.ts'

type Open = (pair: PairName) => Promise<Contender>
type Level = Delivery & ('at-most-once' | 'at-least-once')

/** The name of the raw client of a broker at each level. */
const raw = {
  redis: { 'at-most-once': 'ioredis pub/sub', 'at-least-once': 'ioredis streams' },
  nats: { 'at-most-once': 'nats core', 'at-least-once': 'jetstream' },
  amqp: { 'at-most-once': 'amqplib transient', 'at-least-once': 'amqplib confirmed' },
} as const satisfies Record<BrokerName, Record<Level, string>>

/** The share of the raw client's rate that is aimed at: to one subscriber, and to four. */
const shares = {
  redis: { 'at-most-once': [0.8, 0.8], 'at-least-once': [0.8, 0.7] },
  nats: { 'at-most-once': [0.7, 0.7], 'at-least-once': [0.8, 0.8] },
  amqp: { 'at-most-once': [0.85, 0.8], 'at-least-once': [0.8, 0.8] },
} as const satisfies Record<BrokerName, Record<Level, readonly [number, number]>>

/** How long a request may take, as a multiple of the raw client's. */
const latencies = { redis: 1.2, nats: 1.25, amqp: 1.25 } as const satisfies Record<BrokerName, number>

const peers = ['moleculer', 'nest'] as const
const levels = ['at-most-once', 'at-least-once'] as const

/** Peers promise no more than at most once. */
const aheadOfPeers: readonly Aim[] = [
  { figure: 'opsPerSecond', of: 'moleculer', atLeast: 1.2 },
  { figure: 'opsPerSecond', of: 'nest', atLeast: 1 },
]

interface Own {
  readonly delivery: Level
  readonly share?: number
  readonly aims: readonly Aim[]
}

function subjectsOf(broker: BrokerName, open: Open, own: readonly Own[]): readonly Subject[] {
  const needs = broker
  const others = own.map(
    ({ delivery }): Subject => ({
      system: raw[broker][delivery],
      delivery,
      needs,
      open: () => open(`raw-${broker}-${delivery}`),
    }),
  )
  const frameworks = peers.map(
    (peer): Subject => ({ system: peer, delivery: 'at-most-once', needs, open: () => open(`${peer}-${broker}`) }),
  )
  // In either form: as events, which others can read, and in the compact one.
  const ours = own.flatMap(({ delivery, share, aims }) => {
    const against = {
      system: raw[broker][delivery],
      by: 'processor',
      ...(share !== undefined && { target: share }),
    } as const
    const common = { delivery, needs, against, aims }
    return [
      { ...common, system: `smartmessage ${delivery}`, open: () => open(`${broker}-${delivery}`) },
      { ...common, system: `smartmessage compact ${delivery}`, open: () => open(`${broker}-compact-${delivery}`) },
    ] satisfies Subject[]
  })
  return [...others, ...frameworks, ...ours]
}

function oneWayScenario(broker: BrokerName, size: string, bodyBytes: number, subscribers: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/one-way.ts')).oneWayPair(pair, { bodyBytes, subscribers })
  const own = levels.map(
    (delivery): Own => ({
      delivery,
      share: shares[broker][delivery][subscribers === 1 ? 0 : 1],
      aims: delivery === 'at-most-once' ? aheadOfPeers : [],
    }),
  )
  return {
    name: subscribers === 1 ? `one-way ${size}` : `fan-out ${size} to ${subscribers} processes`,
    question: 'rate',
    subjects: subjectsOf(broker, open, own),
  }
}

function requestScenario(broker: BrokerName, size: string, bodyBytes: number, inFlight: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/round-trip.ts')).roundTripPair(pair, { bodyBytes, inFlight })
  const quick: Aim = { figure: 'p50us', of: raw[broker]['at-most-once'], atMost: latencies[broker] }
  const own: Own =
    inFlight === 1
      ? { delivery: 'at-most-once', aims: [quick, ...aheadOfPeers] }
      : { delivery: 'at-most-once', share: 0.8, aims: aheadOfPeers }
  return {
    name: `request ${size}, ${inFlight} in flight`,
    question: 'latency',
    subjects: subjectsOf(broker, open, [own]),
  }
}

/** Every agent in a process of its own, with a broker between them. */
export function brokerTarget(broker: BrokerName): Target {
  const small = bodySizes['128 B']
  return {
    scenarios: [
      ...Object.entries(bodySizes).map(([size, bytes]) => oneWayScenario(broker, size, bytes, 1)),
      ...[1, 64].map(inFlight => requestScenario(broker, '128 B', small, inFlight)),
      oneWayScenario(broker, '128 B', small, 4),
    ],
    prepare: () => prepareBroker(broker),
  }
}
