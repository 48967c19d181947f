import { prepareBroker } from '../broker-server.ts'
import type { PairName } from '../pairs/index.ts'
import { bodySizes, bodySizesBetweenProcesses } from '../payload.ts'
import type { Aim, Contender, Delivery, Scenario, Subject } from '../scenario.ts'
import type { Target } from '../target.ts'

type Open = (pair: PairName) => Promise<Contender>

const raw = 'unix socket coalesced'
const redis = 'redis pub/sub'
const moleculer = 'moleculer tcp'

/** The other systems that take part, in the order of the tables. */
const others: ReadonlyArray<Omit<Subject, 'open'> & { readonly pair: PairName }> = [
  { system: 'unix socket', delivery: 'none', pair: 'unix-socket' },
  { system: raw, delivery: 'none', pair: 'unix-socket-coalesced' },
  { system: 'fifo', delivery: 'none', pair: 'fifo' },
  { system: 'fifo coalesced', delivery: 'none', pair: 'fifo-coalesced' },
  { system: redis, delivery: 'at-most-once', pair: 'raw-redis-at-most-once', needs: 'redis' },
  { system: moleculer, delivery: 'at-most-once', pair: 'moleculer-tcp' },
]

function othersWith(open: Open): readonly Subject[] {
  return others.map(({ pair, ...subject }) => ({ ...subject, open: () => open(pair) }))
}

interface Own {
  readonly delivery: Delivery & PairDelivery
  /** The share of the raw socket's rate that is aimed at. */
  readonly share?: number
  readonly aims?: readonly Aim[]
}

type PairDelivery = 'at-most-once' | 'at-least-once'

function ours(open: Open, { delivery, share, aims = [] }: Own): Subject {
  const against = { system: raw, by: 'processor', ...(share !== undefined && { target: share }) } as const
  return { system: 'smartmessage', delivery, against, aims, open: () => open(`named-pipes-${delivery}`) }
}

/** The shares of the raw socket's rate that are aimed at, at most once and at least once. */
function sharesOf(bodyBytes: number): readonly [number, number] {
  if (bodyBytes === bodySizes['128 B']) return [0.5, 0.35]
  if (bodyBytes === bodySizes['1 KiB']) return [0.8, 0.65]
  return bodyBytes === bodySizes['16 KiB'] ? [1.2, 1.1] : [0.9, 0.8]
}

function oneWayScenario(size: string, bodyBytes: number, subscribers: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/one-way.ts')).oneWayPair(pair, { bodyBytes, subscribers })
  const alone = subscribers === 1
  const small = bodyBytes === bodySizes['128 B']
  const shares = alone ? sharesOf(bodyBytes) : ([small ? 0.5 : 0.6, undefined] as const)
  const aims: Aim[] = []
  if (alone) aims.push({ figure: 'opsPerSecond', of: redis, atLeast: 2 })
  if (alone && small) aims.push({ figure: 'opsPerSecond', of: moleculer, atLeast: 2.5 })
  return {
    name: alone ? `one-way ${size}` : `fan-out ${size} to ${subscribers} processes`,
    question: 'rate',
    firstOps: bodyBytes >= bodySizesBetweenProcesses['1 MiB'] ? 10 : 100,
    subjects: [
      ...othersWith(open),
      ours(open, { delivery: 'at-most-once', share: shares[0], aims }),
      ours(open, { delivery: 'at-least-once', ...(shares[1] !== undefined && { share: shares[1] }) }),
    ],
  }
}

function requestScenario(size: string, bodyBytes: number, inFlight: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/round-trip.ts')).roundTripPair(pair, { bodyBytes, inFlight })
  const single: readonly Aim[] = [
    { figure: 'p50us', of: raw, atMost: 1.5 },
    { figure: 'p99us', atMost: 1_000 },
    { figure: 'p50us', of: redis, atMost: 0.5 },
  ]
  const many: readonly Aim[] = [{ figure: 'opsPerSecond', of: moleculer, atLeast: 1.5 }]
  return {
    name: `request ${size}, ${inFlight} in flight`,
    question: 'latency',
    subjects: [
      ...othersWith(open),
      inFlight === 1
        ? ours(open, { delivery: 'at-most-once', aims: single })
        : ours(open, { delivery: 'at-most-once', share: 0.8, aims: many }),
    ],
  }
}

function firstMessageScenario(): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/first-message.ts')).firstMessage(pair, { bodyBytes: bodySizes['128 B'] })
  return {
    name: 'start to first message',
    question: 'first',
    subjects: [
      ...othersWith(open),
      ours(open, { delivery: 'at-most-once', aims: [{ figure: 'p50us', atMost: 20_000 }] }),
    ],
  }
}

function idleScenario(): Scenario {
  const open: Open = async pair => (await import('../two-processes/idle.ts')).idle(pair)
  const aims: readonly Aim[] = [{ figure: 'rssMiB', atMost: 80 }]
  return {
    name: 'idle',
    question: 'idle',
    subjects: [
      {
        system: 'node alone',
        delivery: 'none',
        open: async () => (await import('../two-processes/idle.ts')).idle(undefined),
      },
      ...othersWith(open).filter(({ system }) => system === raw || system === moleculer),
      ours(open, { delivery: 'at-most-once', aims }),
    ],
  }
}

function scenarios(): readonly Scenario[] {
  const { '128 B': small, '1 KiB': middle } = bodySizes
  return [
    ...Object.entries(bodySizesBetweenProcesses).map(([size, bytes]) => oneWayScenario(size, bytes, 1)),
    ...[1, 64].map(inFlight => requestScenario('128 B', small, inFlight)),
    ...[1, 64].map(inFlight => requestScenario('1 KiB', middle, inFlight)),
    oneWayScenario('128 B', small, 4),
    oneWayScenario('1 KiB', middle, 4),
    firstMessageScenario(),
    idleScenario(),
  ]
}

/** Every agent in a process of its own on this machine. */
export const namedPipes: Target = { scenarios: scenarios(), prepare: () => prepareBroker('redis') }
