import type { PairName } from '../pairs/index.ts'
import { bodySizes } from '../payload.ts'
import type { Aim, Contender, Scenario, Subject } from '../scenario.ts'
import type { Target } from '../target.ts'
import { prepareWebSockets } from '../websocket-servers.ts'

type Open = (pair: PairName) => Promise<Contender>
type Level = 'at-most-once' | 'at-least-once'

const raw = 'ws'
const peer = 'socket.io'

/** The share of plain WebSockets that is aimed at, and of Socket.IO. */
const share = 0.5
const aheadOfPeer: readonly Aim[] = [{ figure: 'opsPerSecond', of: peer, atLeast: 1 }]

function subjectsOf(open: Open, levels: readonly Level[]): readonly Subject[] {
  return [
    { system: raw, delivery: 'none', open: () => open('ws') },
    { system: peer, delivery: 'at-most-once', open: () => open('socket-io') },
    ...levels.map(
      (delivery): Subject => ({
        system: `smartmessage ${delivery}`,
        delivery,
        against: { system: raw, by: 'processor', ...(delivery === 'at-most-once' && { target: share }) },
        aims: delivery === 'at-most-once' ? aheadOfPeer : [],
        open: () => open(`websocket-${delivery}`),
      }),
    ),
  ]
}

function oneWayScenario(size: string, bodyBytes: number, subscribers: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/one-way.ts')).oneWayPair(pair, { bodyBytes, subscribers })
  return {
    name: subscribers === 1 ? `one-way ${size}` : `fan-out ${size} to ${subscribers} processes`,
    question: 'rate',
    subjects: subjectsOf(open, ['at-most-once', 'at-least-once']),
  }
}

function requestScenario(size: string, bodyBytes: number, inFlight: number): Scenario {
  const open: Open = async pair =>
    (await import('../two-processes/round-trip.ts')).roundTripPair(pair, { bodyBytes, inFlight })
  return {
    name: `request ${size}, ${inFlight} in flight`,
    question: 'latency',
    subjects: subjectsOf(open, ['at-most-once']),
  }
}

/** Every agent in a process of its own, with a hub in another between them. */
export const websocket: Target = {
  scenarios: [
    ...Object.entries(bodySizes).map(([size, bytes]) => oneWayScenario(size, bytes, 1)),
    ...[1, 64].map(inFlight => requestScenario('128 B', bodySizes['128 B'], inFlight)),
    oneWayScenario('128 B', bodySizes['128 B'], 4),
  ],
  prepare: prepareWebSockets,
}
