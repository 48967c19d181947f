import { defineMessage, unchecked } from '@sm/core'
import { brokerWire } from '../broker/broker-wire.ts'
import type { ExploredFaultKind } from '../exploration/one-fault.ts'
import type { ExplorationOptions, OneFaultOptions } from '../exploration/options.ts'
import { meshWire } from '../mesh/mesh-wire.ts'
import type { AgentProcess } from '../processes/agent-process.ts'
import type { AgentSpec } from '../processes/agent-spec.ts'

const Order = defineMessage('order', { schema: unchecked<number>() })
const News = defineMessage('news', { schema: unchecked<number>() })

/** When the sender publishes, in milliseconds. */
const atMs = 2_000

type Publish = (process: AgentProcess, n: number) => Promise<unknown>

/** Publishes three messages, each in an event of its own. */
const sender = (publish: Publish) => (process: AgentProcess) => {
  const { clock } = process
  for (const n of [1, 2, 3])
    clock.schedule(() => void publish(process, n).catch(() => undefined), atMs - clock.elapsed())
}

const direct = sender(({ agent }, n) => agent.publish(Order, n, { to: 'receiver', key: 'one' }))
const broadcast = sender(({ agent }, n) => agent.publish(News, n, { key: 'one' }))

const options = { durable: 'preferred', publishTimeoutMs: 3_000 } as const

const agents = (run: AgentSpec['run']): readonly AgentSpec[] => [
  { id: 'sender', options, run },
  {
    ...{ id: 'receiver', options },
    run: ({ agent }) => Promise.all([Order, News].map(type => agent.subscribe(type, () => undefined))),
  },
]

// Heartbeats that coincide would double the orders again and again, and show nothing.
const reconnect = { initialMs: 200, maxMs: 1_000 }
const broker = { heartbeatMs: 1_130, deadAfterMs: 2_630, graceMs: 60_000, publishTimeoutMs: 3_000, reconnect }
const relay = brokerWire({ rank: 40, visibilityMs: 2_000, broker })
const bus = brokerWire({ rank: 50, visibilityMs: 2_000, broker: { ...broker, heartbeatMs: 1_210 } })
const lan = meshWire({ rank: 20, goneAfterMs: 2_000, mesh: { heartbeatMs: 6_000, deadAfterMs: 14_000, reconnect } })

const brokers = { relay, bus }
const mesh = { lan, bus }

function world(
  wires: ExplorationOptions['wires'],
  run: AgentSpec['run'],
  ...strikes: readonly (readonly [ExploredFaultKind, string])[]
): ExplorationOptions {
  return {
    ...{ wires, agents: agents(run), fromMs: atMs, durationMs: 9_000 },
    fault: {
      ...{ strikes: strikes.map(([kind, host]) => ({ kind, host })), untilMs: atMs, maxMs: 1_500 },
      // What a process says and hears while it starts comes in more orders alone than can be walked.
      wholeStarts: true,
    },
  }
}

/** The fault ends before time goes on. */
function atOnce({ fault, ...rest }: ExplorationOptions): ExplorationOptions {
  return { ...rest, fault: { ...(fault as OneFaultOptions), maxMs: 0 } }
}

/**
 * Two agents, two wires, three messages, and one fault that begins at any moment while those are under way and ends at any moment
 * after that, within 1.5 s.
 */
export const smallWorlds: Readonly<Record<string, ExplorationOptions>> = {
  'brokers-calm': world(brokers, direct),
  'brokers-lost-answer': world(brokers, direct, ['lost-answer', 'relay-broker'], ['lost-answer', 'receiver-0']),
  'brokers-broker-half-open': world(brokers, direct, ['half-open', 'relay-broker']),
  'mesh-calm': world(mesh, direct),
  'mesh-half-open': world(mesh, direct, ['half-open', 'receiver-0'], ['half-open', 'sender-0']),
  'mesh-cut': world(mesh, direct, ['cut', 'receiver-0']),
  'brokers-sender-half-open': world(brokers, direct, ['half-open', 'sender-0']),
  'brokers-broker-crash': world(brokers, direct, ['broker-crash', 'relay-broker']),
  'brokers-broadcast-half-open': world(brokers, broadcast, ['half-open', 'relay-broker']),
  'brokers-broadcast-broker-crash': world(brokers, broadcast, ['broker-crash', 'relay-broker']),
  'mesh-receiver-crash-at-once': atOnce(world(mesh, direct, ['crash', 'receiver-0'])),
  // 90,284 orders: it takes --max-runs 200000.
  'brokers-receiver-crash-at-once': atOnce(world(brokers, direct, ['crash', 'receiver-0'])),
  'brokers-receiver-crash': world(brokers, direct, ['crash', 'receiver-0']),
  'mesh-receiver-crash': world(mesh, direct, ['crash', 'receiver-0']),
}
