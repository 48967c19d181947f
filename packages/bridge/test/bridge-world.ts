import { randomUUID } from 'node:crypto'
import { type Agent, type AgentOptions, createAgent, defineMessage, type Header, unchecked } from '@sm/core'
import { memory, memoryDeadLetters } from '@sm/core/memory'
import { createSeededRandom, createVirtualClock } from '@sm/core/testing'
import type { Clock, LogFields, Logger } from '@sm/core/transport'
import { onTestFinished } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge } from '../src/index.ts'

export const Placed = defineMessage('order.placed', { schema: unchecked<{ n: number; text?: string }>() })
export const Shipped = defineMessage('order.shipped', { schema: unchecked<{ n: number }>() })
export const Tick = defineMessage('tick', { schema: unchecked<{ n: number }>(), delivery: 'at-most-once' })
export const GetQuote = defineMessage('quote.get', { schema: unchecked<{ sku: string }>(), reply: unchecked<number>() })

/** A message as its handler got it. */
export interface Got {
  readonly n: number
  readonly header: Header
}

/** Wires within one process, told apart by their namespaces, with a clock that stands still. */
export function bridgeWorld() {
  const clock = createVirtualClock()
  const random = createSeededRandom(1)
  const id = randomUUID()
  const namespace = (side: string) => `${side}-${id}`
  const lines: Array<LogFields & { readonly message: string }> = []
  const log = (fields: LogFields, message: string) => void lines.push({ ...fields, message })
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const ports = { clock: clock as Clock, random, logger }

  return {
    clock,
    /** What bridges logged. */
    lines,
    namespace,
    /** Everything that can happen at this moment happens. */
    async settle() {
      for (let i = 0; i < 5; i++) await clock.advance(0)
    },
    /** An agent on one side, stopped when the test has finished. */
    async agent(agentId: string, side: string, options: AgentOptions = {}): Promise<Agent> {
      const agent = await createAgent(agentId, {
        ...{ clock, random, logger: 'silent', transports: [memory()] },
        namespace: namespace(side),
        ...options,
      })
      onTestFinished(async () => {
        await agent.stop({ drain: false }).catch(() => undefined)
      })
      return agent
    },
    /** A bridge from one side to another; by memory, unless `options` say otherwise. */
    async bridge(from: string, to: string, options: Partial<BridgeOptions> = {}): Promise<Bridge> {
      const side = (name: string) => ({ transport: memory(), namespace: namespace(name) })
      const bridge = await createBridge({ ...ports, from: side(from), to: side(to), types: ['#'], ...options })
      onTestFinished(() => bridge.stop({ drain: false }))
      return bridge
    },
    deadLetters: (side: string) => memoryDeadLetters(namespace(side)),
  }
}

/** Subscribes an agent to `order.placed`, and returns what it gets. */
export async function listens(agent: Agent): Promise<Got[]> {
  const got: Got[] = []
  await agent.subscribe(Placed, ({ n }, { header }) => void got.push({ n, header }))
  return got
}

export const numbersOf = (got: readonly Got[]): number[] => got.map(({ n }) => n)

/** The sum of a counter of several bridges. */
export async function counted(
  bridges: readonly Bridge[],
  counter: keyof Awaited<ReturnType<Bridge['health']>>['counters'],
) {
  const healths = await Promise.all(bridges.map(bridge => bridge.health()))
  return healths.reduce((sum, { counters }) => sum + counters[counter], 0)
}
