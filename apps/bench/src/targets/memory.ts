import { type OneWayOptions, type OpenOneWay, oneWay } from '../one-way.ts'
import { bodySizes } from '../payload.ts'
import { type OpenRoundTrip, type RoundTripOptions, roundTrip } from '../round-trip.ts'
import type { Scenario, Subject } from '../scenario.ts'
import type { SmartMessageOptions } from '../systems/smartmessage.ts'
import type { Target } from '../target.ts'

/** The share of Moleculer's rate that is aimed at: one way at either level, and for requests. */
const shares = { 'at-most-once': 2, 'at-least-once': 1, request: 0.7 } as const

const systems = {
  direct: () => import('../systems/direct.ts'),
  eventEmitter: () => import('../systems/event-emitter.ts'),
  moleculer: () => import('../systems/moleculer.ts'),
  smartMessage: () => import('../systems/smartmessage.ts'),
}

/** Our rows: as a user would run it, and again with a schema that looks at nothing, to show what validation costs. */
function ours(share: number, options: SmartMessageOptions, open: (options: SmartMessageOptions) => Subject['open']) {
  const { delivery } = options
  return [
    { system: 'smartmessage', delivery, against: { system: 'moleculer', target: share }, open: open(options) },
    {
      system: 'smartmessage unchecked',
      delivery,
      against: { system: 'moleculer' },
      open: open({ ...options, validates: false }),
    },
  ] satisfies Subject[]
}

function oneWayScenario(name: string, options: OneWayOptions): Scenario {
  const smart = (settings: SmartMessageOptions) => async () =>
    oneWay((await systems.smartMessage()).smartMessageOneWay(settings), options)
  const other = (load: () => Promise<OpenOneWay>) => async () => oneWay(await load(), options)
  const subjects: readonly Subject[] = [
    {
      system: 'direct call',
      delivery: 'none',
      open: other(async () => (await systems.direct()).directOneWay),
    },
    {
      system: 'EventEmitter',
      delivery: 'none',
      open: other(async () => (await systems.eventEmitter()).eventEmitterOneWay),
    },
    {
      system: 'moleculer',
      delivery: 'at-most-once',
      open: other(async () => (await systems.moleculer()).moleculerOneWay),
    },
    ...ours(shares['at-most-once'], { delivery: 'at-most-once' }, smart),
    ...ours(shares['at-least-once'], { delivery: 'at-least-once' }, smart),
  ]
  return { name, question: 'rate', subjects }
}

function requestScenario(name: string, question: Scenario['question'], options: RoundTripOptions): Scenario {
  const delivery = 'at-most-once'
  const smart = (settings: SmartMessageOptions) => async () =>
    roundTrip((await systems.smartMessage()).smartMessageRoundTrip(settings), options)
  const other = (load: () => Promise<OpenRoundTrip>) => async () => roundTrip(await load(), options)
  const subjects: readonly Subject[] = [
    { system: 'direct call', delivery: 'none', open: other(async () => (await systems.direct()).directRoundTrip) },
    { system: 'moleculer', delivery, open: other(async () => (await systems.moleculer()).moleculerRoundTrip) },
    ...ours(shares.request, { delivery }, smart),
  ]
  return { name, question, subjects }
}

function growthScenario(): Scenario {
  const subjects = (['at-most-once', 'at-least-once'] as const).map(delivery => ({
    system: 'smartmessage',
    delivery,
    open: async () =>
      oneWay((await systems.smartMessage()).smartMessageOneWay({ delivery }), { bodyBytes: 128, subscribers: 1 }),
  }))
  return { name: 'memory flat', question: 'growth', subjects }
}

function scenarios(): readonly Scenario[] {
  const sizes = Object.entries(bodySizes)
  return [
    ...sizes.flatMap(([size, bodyBytes]) =>
      [1, 4].map(subscribers => oneWayScenario(`one-way ${size} to ${subscribers}`, { bodyBytes, subscribers })),
    ),
    oneWayScenario('one-way 128 B to 1, each awaited', { bodyBytes: 128, subscribers: 1, window: 1 }),
    ...sizes.flatMap(([size, bodyBytes]) => [
      requestScenario(`request ${size}, 1 in flight`, 'latency', { bodyBytes, inFlight: 1 }),
      requestScenario(`request ${size}, 64 in flight`, 'rate', { bodyBytes, inFlight: 64 }),
    ]),
    growthScenario(),
  ]
}

/** Everything in one process: what the library itself costs. */
export const memory: Target = { scenarios: scenarios() }
