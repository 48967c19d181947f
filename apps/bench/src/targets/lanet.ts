import type { PairName } from '../pairs/index.ts'
import { bodySizes, bodySizesBetweenProcesses } from '../payload.ts'
import type { Aim, Contender, Scenario, Subject } from '../scenario.ts'
import type { Target } from '../target.ts'

type Open = (pair: PairName) => Promise<Contender>
type Level = 'at-most-once' | 'at-least-once'

const raw = 'tls coalesced'
const noise = 'secret-stream'

/** Our own rows carry their level in the name, so that one can be held against the other. */
const nameOf = (delivery: Level) => `smartmessage ${delivery}`

/** The other systems that take part, in the order of the tables. */
const others: ReadonlyArray<readonly [system: string, pair: PairName]> = [
  ['tcp', 'tcp'],
  ['tcp coalesced', 'tcp-coalesced'],
  ['tls', 'tls'],
  [raw, 'tls-coalesced'],
  [noise, 'secret-stream'],
]

function othersWith(open: Open): readonly Subject[] {
  return others.map(([system, pair]) => ({ system, delivery: 'none', open: () => open(pair) }))
}

function ours(open: Open, delivery: Level, aims: readonly Aim[], share?: number): Subject {
  const against = { system: raw, by: 'processor', ...(share !== undefined && { target: share }) } as const
  return { system: nameOf(delivery), delivery, against, aims, open: () => open(`lanet-${delivery}`) }
}

const aheadOfNoise: Aim = { figure: 'opsPerSecond', of: noise, atLeast: 1.2 }
const farAheadOfNoise: Aim = { ...aheadOfNoise, atLeast: 3 }
const halfOfOnce: Aim = { figure: 'opsPerSecond', of: nameOf('at-most-once'), atLeast: 0.5 }

/** The shares of the raw connection's rate that are aimed at, at most once and at least once. */
function sharesOf(bodyBytes: number): readonly [number, number] {
  if (bodyBytes === bodySizes['128 B']) return [0.5, 0.35]
  if (bodyBytes === bodySizes['1 KiB']) return [0.7, 0.6]
  return bodyBytes === bodySizes['16 KiB'] ? [1, 0.9] : [0.8, 0.7]
}

function oneWayScenario(size: string, bodyBytes: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/one-way.ts')).oneWayPair(pair, { bodyBytes, subscribers: 1 })
  const [once, acknowledged] = sharesOf(bodyBytes)
  return {
    name: `one-way ${size}`,
    question: 'rate',
    firstOps: bodyBytes >= bodySizesBetweenProcesses['1 MiB'] ? 10 : 100,
    subjects: [
      ...othersWith(open),
      ours(open, 'at-most-once', [bodyBytes === bodySizes['128 B'] ? farAheadOfNoise : aheadOfNoise], once),
      ours(open, 'at-least-once', [halfOfOnce], acknowledged),
    ],
  }
}

function requestScenario(size: string, bodyBytes: number, inFlight: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/round-trip.ts')).roundTripPair(pair, { bodyBytes, inFlight })
  const quick: Aim = { figure: 'p50us', of: raw, atMost: 1.3 }
  return {
    name: `request ${size}, ${inFlight} in flight`,
    question: 'latency',
    subjects: [
      ...othersWith(open),
      ours(open, 'at-most-once', inFlight === 1 ? [quick, aheadOfNoise] : [aheadOfNoise]),
    ],
  }
}

function handshakeScenario(): Scenario {
  const bodyBytes = 0
  const subject = (system: string, pair: PairName): Subject => ({
    system,
    delivery: 'none',
    open: async () => (await import('../two-processes/round-trip.ts')).roundTripPair(pair, { bodyBytes, inFlight: 1 }),
  })
  return {
    name: 'connect and handshake',
    question: 'latency',
    subjects: [
      subject('tcp', 'tcp-handshake'),
      subject('tls', 'tls-handshake'),
      subject(noise, 'secret-stream-handshake'),
      { ...subject('smartmessage link', 'lanet-handshake'), against: { system: 'tls' } },
    ],
  }
}

function firstMessageScenario(): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/first-message.ts')).firstMessage(pair, { bodyBytes: bodySizes['128 B'] })
  const soon: Aim = { figure: 'p50us', atMost: 60_000 }
  return {
    name: 'start to first message',
    question: 'first',
    subjects: [...othersWith(open), ours(open, 'at-most-once', [soon])],
  }
}

/** Every agent in a process of its own, on one machine as if on several: they meet by multicast and speak over TCP. */
export const lanet: Target = {
  scenarios: [
    ...Object.entries(bodySizesBetweenProcesses).map(([size, bytes]) => oneWayScenario(size, bytes)),
    ...[1, 64].map(inFlight => requestScenario('128 B', bodySizes['128 B'], inFlight)),
    ...[1, 64].map(inFlight => requestScenario('1 KiB', bodySizes['1 KiB'], inFlight)),
    handshakeScenario(),
    firstMessageScenario(),
  ],
}
