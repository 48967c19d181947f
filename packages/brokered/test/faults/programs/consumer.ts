/** Handles messages as a member of a group that is kept while it is away, and writes down each handling (`handled <number>`) before it ends. */
import { answers, openHistory, settingOf, startAgent, tell, WorkDone } from './setting.ts'

const setting = settingOf()
const write = openHistory(setting.history)
const agent = await startAgent(setting, write)
let handled = 0
const subscription = agent.subscribe(
  WorkDone,
  async work => {
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
