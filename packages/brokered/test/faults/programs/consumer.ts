/**
 * Handles messages as a member of a group that is kept while it is away. It writes down each handling before it ends: when the
 * transport brought the message (`taken <number>`), and when the handler began (`handled <number>`).
 */
import { type DeliveryEvent, diagnostics } from '@sm/core'
import { answers, openHistory, settingOf, startAgent, tell, WorkDone } from './setting.ts'

const setting = settingOf()
const write = openHistory(setting.history)
/** When each message was first taken that is not settled. Their number is that of the prefetch. */
const taken = new Map<string, number>()
diagnostics.delivery.subscribe(event => {
  const { id } = (event as DeliveryEvent).header
  if (!taken.has(id)) taken.set(id, Date.now())
})
diagnostics.settle.subscribe(event => void taken.delete((event as DeliveryEvent).header.id))
const agent = await startAgent(setting, write)
let handled = 0
const subscription = agent.subscribe(
  WorkDone,
  async (work, { header }) => {
    write(`taken ${work.number}`, taken.get(header.id))
    write(`handled ${work.number}`)
    handled += 1
    // A handler that takes a while has something unsettled when a fault comes.
    await new Promise(resolve => setImmediate(resolve))
  },
  { durable: true, only: 'broadcast' },
)
await subscription.ready
answers({
  report: () => ({ handled }),
  stop: async () => {
    await agent.stop()
  },
})
tell({ kind: 'ready' })
