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

/** The share of the raw client's rate at the same level that is aimed at. */
const share = 0.8
const peers = ['moleculer', 'nest'] as const

function subjectsOf(
  broker: BrokerName,
  levels: readonly Level[],
  open: Open,
  aimsOf: (level: Level) => readonly Aim[],
) {
  const needs = broker
  const others = levels.map(
    (delivery): Subject => ({
      system: raw[broker][delivery],
      delivery,
      needs,
      open: () => open(`raw-${broker}-${delivery}`),
    }),
  )
  const frameworks = peers.map(
    (peer): Subject => ({ system: peer, delivery: 'at-most-once', needs, open: () => open(`${peer}-${broker}`) }),
  )
  const ours = levels.map(
    (delivery): Subject => ({
      system: `smartmessage ${delivery}`,
      delivery,
      needs,
      against: { system: raw[broker][delivery], target: share },
      aims: aimsOf(delivery),
      open: () => open(`${broker}-${delivery}`),
    }),
  )
  return [...others, ...frameworks, ...ours]
}

const aheadOfPeers = (level: Level): readonly Aim[] =>
  level === 'at-most-once' ? peers.map(of => ({ figure: 'opsPerSecond', of, atLeast: 1 })) : []

function oneWayScenario(broker: BrokerName, size: string, bodyBytes: number, subscribers: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/one-way.ts')).oneWayPair(pair, { bodyBytes, subscribers })
  return {
    name: subscribers === 1 ? `one-way ${size}` : `fan-out ${size} to ${subscribers} processes`,
    question: 'rate',
    subjects: subjectsOf(broker, ['at-most-once', 'at-least-once'], open, aheadOfPeers),
  }
}

function requestScenario(broker: BrokerName, size: string, bodyBytes: number, inFlight: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/round-trip.ts')).roundTripPair(pair, { bodyBytes, inFlight })
  const quick: Aim = { figure: 'p50us', of: raw[broker]['at-most-once'], atMost: 1.25 }
  return {
    name: `request ${size}, ${inFlight} in flight`,
    question: 'latency',
    subjects: subjectsOf(broker, ['at-most-once'], open, level =>
      inFlight === 1 ? [quick, ...aheadOfPeers(level)] : aheadOfPeers(level),
    ),
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
