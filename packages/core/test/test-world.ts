import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { type Agent, createAgent } from '../src/agent/index.ts'
import { createSeededRandom } from '../src/kernel/random.ts'
import { createVirtualClock, type VirtualClock } from '../src/kernel/virtual-clock.ts'
import type { AgentOptions } from '../src/settings/index.ts'

/** Agents that share one namespace, one clock that stands still, and one seed. */
export interface TestWorld {
  readonly clock: VirtualClock
  readonly namespace: string
  /** Makes an agent, which is stopped when the test has finished. */
  agent(id: string, options?: AgentOptions): Promise<Agent>
  /** Lets everything happen that can happen at this moment. */
  settle(): Promise<void>
}

/** A world of its own for one test. */
export function testWorld(seed = 1): TestWorld {
  const clock = createVirtualClock()
  const random = createSeededRandom(seed)
  const namespace = `world-${randomUUID()}`
  return {
    clock,
    namespace,
    async agent(id, options) {
      const agent = await createAgent(id, { namespace, clock, random, ...options })
      onTestFinished(async () => {
        await agent.stop({ drain: false }).catch(() => undefined)
      })
      return agent
    },
    settle: () => clock.advance(0),
  }
}
