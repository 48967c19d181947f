import { createAgent, isSmError } from '@sm/core'
import { WorkOrdered, worker } from '../messages.ts'
import { agentOptions, readOrder, say, told } from './end.ts'

const everyMs = 5

const order = readOrder()
const agent = await createAgent('office', agentOptions(order))
const { first, step } = order.numbers
const open = new Set<Promise<void>>()
const enough = Promise.withResolvers<void>()
let count = 0
/** How many may be published now, in parts of one too. */
let due = 0

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
  for (due += (order.perSecond * everyMs) / 1_000; due >= 1 && count < order.messages; due--) {
    const ending = publish(first + step * count++).finally(() => open.delete(ending))
    open.add(ending)
  }
  if (count >= order.messages) enough.resolve()
}, everyMs)
await Promise.race([enough.promise, told('stop')])
clearInterval(timer)
say({ kind: 'sent' })
await Promise.all(open)
say({ kind: 'done' })
await agent.stop()
process.disconnect()
