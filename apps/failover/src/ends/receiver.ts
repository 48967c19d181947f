import { createAgent } from '@sm/core'
import { WorkOrdered, worker } from '../messages.ts'
import { agentOptions, readOrder, say, told } from './end.ts'

const order = readOrder()
const agent = await createAgent(worker, agentOptions(order))
await agent.subscribe(WorkOrdered, ({ n }, { transport }) => {
  say({ kind: 'handled', n, at: Date.now(), by: agent.instance, wire: transport })
})
say({ kind: 'ready' })
await told('stop')
await agent.stop()
process.disconnect()
