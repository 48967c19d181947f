import { defineMessage, unchecked } from '@sm/core'
import { fraction } from '@sm/core/transport'
import { type BrokerWireOptions, brokerWire } from '../broker/broker-wire.ts'
import { faultKinds } from '../faults/fault.ts'
import { meshWire } from '../mesh/mesh-wire.ts'
import type { SimulationOptions } from '../options.ts'
import type { AgentProcess } from '../processes/agent-process.ts'
import type { AgentSpec } from '../processes/agent-spec.ts'
import type { Wire } from '../wire.ts'

const Task = defineMessage('fleet.task', { schema: unchecked<number>() })
const Step = defineMessage('fleet.step', { schema: unchecked<number>() })
const News = defineMessage('fleet.news', { schema: unchecked<number>() })
const Pulse = defineMessage('fleet.pulse', { schema: unchecked<number>(), delivery: 'at-most-once' })

const names = ['billing', 'mail', 'orders', 'search', 'stock']
const instances = 4
/** When agents publish no more, in milliseconds: what they have sent by then is handled before the run ends. */
const busyUntilMs = 16_000
const retry = { maxAttempts: 12, initialMs: 100, maxMs: 1_000 }

/** Takes a while, and fails now and then. */
async function work({ random, clock }: AgentProcess): Promise<void> {
  const ms = Math.floor(fraction(random) * 120)
  const fails = fraction(random) < 0.05
  if (ms > 20) await new Promise<void>(resolve => clock.schedule(resolve, ms))
  if (fails) throw new Error('It is one of those that fail')
}

/** Publishes a message of some kind, or several of one key. What comes of them is in the history. */
async function publishSome(process: AgentProcess, round: number): Promise<unknown> {
  const { agent, random } = process
  const to = names[Math.floor(fraction(random) * names.length)] as string
  const chance = fraction(random)
  if (chance < 0.55) return agent.publish(Task, round, { to })
  if (chance < 0.7) {
    const key = `k${random.uint32() % 3}`
    return Promise.all([1, 2, 3].map(step => agent.publish(Step, step, { to, key })))
  }
  if (chance < 0.8) return agent.publish(News, round)
  return agent.publish(Pulse, round, { to })
}

async function run(process: AgentProcess): Promise<void> {
  const { agent, random, clock, signal } = process
  const startedAt = clock.elapsed()
  await Promise.all([
    agent.subscribe(Task, () => work(process), { retry }),
    agent.subscribe(Step, () => work(process), { retry }),
    agent.subscribe(News, () => work(process), { retry, durable: 'preferred' }),
    agent.subscribe(Pulse, () => undefined),
  ])
  for (let round = 1; clock.elapsed() < busyUntilMs && !signal.aborted; round++) {
    await process.sleep(300 + fraction(random) * 2_200)
    // Some wait for the end of each publish, some do not.
    const published = publishSome(process, round).catch(() => undefined)
    if (fraction(random) < 0.5) await published
  }
  process.note(`published for ${Math.round(clock.elapsed() - startedAt)} ms`)
}

const agents: readonly AgentSpec[] = names.map(id => ({
  ...{ id, instances, run },
  deduplication: id === 'billing' ? ('shared' as const) : ('own' as const),
  options: { durable: 'preferred', publishTimeoutMs: 3_000 },
}))

const times = { heartbeatMs: 1_000, deadAfterMs: 2_500, graceMs: 60_000 }
const reconnect = { initialMs: 50, maxMs: 1_000 }

const broker = { ...times, publishTimeoutMs: 8_000, connectTimeoutMs: 2_000, reconnect }

/** Options of the broker that keeps what it takes. */
export const brokerOptions: BrokerWireOptions = { rank: 50, durable: true, visibilityMs: 4_000, broker }

/** The wires of the fleet: one without a broker on each site, and two brokers, of which one keeps nothing. */
export const fleetWires: Readonly<Record<'lan' | 'relay' | 'bus', Wire>> = {
  lan: meshWire({ rank: 20, goneAfterMs: 2_000, mesh: { ...times, handshakeMs: 2_000, reconnect } }),
  relay: brokerWire({ ...brokerOptions, rank: 40, durable: false }),
  bus: brokerWire(brokerOptions),
}

/** A fleet of 20 processes on 4 sites and 3 wires that talk to each other all the time. */
export function fleet(seed: number): SimulationOptions {
  return {
    ...{ seed, agents, wires: fleetWires, sites: instances, durationMs: 32_000, recoveryMs: 6_000 },
    faults: { kinds: faultKinds, count: 6, fromMs: 2_000, untilMs: 8_000, maxMs: 3_000 },
    replay: 'pnpm simulate --seed {seed}',
  }
}
