import { type Agent, createAgent, defineMessage, unchecked } from '@sm/core'
import type { Contender } from '../scenario.ts'
import { idleWire } from './idle-wire.ts'

const Sample = defineMessage('bench.sample', { schema: unchecked<object>() })

/** An agent that plans the way to one receiver after the other, each time anew. */
export async function planning(wires: readonly string[], receivers: number): Promise<Contender> {
  const transports = ['memory', ...wires.map((name, i) => idleWire(name, 50 + i))]
  const options = { namespace: `plan-${process.pid}`, transports }
  const agents: Agent[] = []
  for (let i = 0; i < receivers; i++) {
    // Their links tell the publisher of them; what they tell each other is no part of a plan.
    const agent = await createAgent(`receiver-${i}`, { ...options, transports: ['memory'], presence: false })
    await agent.subscribe(Sample, () => undefined)
    agents.push(agent)
  }
  const publisher = await createAgent('publisher', options)
  return {
    async run(ops, latenciesUs) {
      for (let i = 0; i < ops; i++) {
        const begun = performance.now()
        publisher.explain(Sample, { to: `receiver-${i % receivers}` })
        if (latenciesUs) latenciesUs[i] = (performance.now() - begun) * 1_000
      }
      return undefined
    },
    async close() {
      for (const agent of [publisher, ...agents]) await agent.stop()
    },
  }
}
