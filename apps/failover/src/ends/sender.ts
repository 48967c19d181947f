import { createAgent, isSmError } from '@sm/core'
import { WorkOrdered, worker } from '../messages.ts'
import { agentOptions, readOrder, say, told } from './end.ts'

const everyMs = 5

const order = readOrder()
const agent = await createAgent('office', agentOptions(order))
const perTick = Math.max(1, Math.round((order.perSecond * everyMs) / 1_000))
const open = new Set<Promise<void>>()
let next = 0

async function publish(n: number): Promise<void> {
  const at = Date.now()
  try {
    const { transports } = await agent.publish(WorkOrdered, { n }, { to: worker })
    say({ kind: 'published', n, at, endedAt: Date.now(), outcome: 'ok', by: transports.join() })
  } catch (error) {
    const outcome = isSmError(error) && error.details.outcome === 'failed' ? 'failed' : 'unknown'
    const by = isSmError(error) ? error.code : String(error)
    say({ kind: 'published', n, at, endedAt: Date.now(), outcome, by })
  }
}

say({ kind: 'ready' })
await told('go')
// Publishes come at their pace, whatever becomes of those before: a sender that waits for each would show no gap of the wire.
const timer = setInterval(() => {
  for (let i = 0; i < perTick; i++) {
    const ending = publish(next++).finally(() => open.delete(ending))
    open.add(ending)
  }
}, everyMs)
await told('stop')
clearInterval(timer)
await Promise.all(open)
say({ kind: 'done' })
await agent.stop()
process.disconnect()
