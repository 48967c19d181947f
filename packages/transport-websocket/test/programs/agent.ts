/** An agent in a process of its own, which says what it gets. */
import { connect } from 'node:net'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import '../../src/index.ts'

const { agent: id, url, token } = JSON.parse(process.argv[2] as string) as Record<'agent' | 'url' | 'token', string>
const Greeting = defineMessage('greeting', { schema: unchecked<string>(), reply: unchecked<string>() })

const agent = await createAgent(id, { transports: { websocket: { url, token } } })
await agent.subscribe(Greeting, text => `${id} heard: ${text}`).ready

/** Whether anything answers at a port, or says that nothing does. */
const answers = (host: string) =>
  new Promise<string>(resolve => {
    const socket = connect({ host, port: 9, timeout: 2_000 })
    const tell = (how: string) => {
      socket.destroy()
      resolve(how)
    }
    socket.on('connect', () => tell('connected'))
    socket.on('timeout', () => tell('ETIMEDOUT'))
    socket.on('error', (error: NodeJS.ErrnoException) => tell(error.code ?? 'unknown'))
  })

process.on('message', async (asked: { kind: string; to: string }) => {
  if (asked.kind === 'greet') {
    const reply = await agent.request(Greeting, `hello from ${id}`, { to: asked.to }).catch(error => String(error.code))
    process.send?.({ kind: 'greet', reply })
  } else if (asked.kind === 'call') process.send?.({ kind: 'call', outcome: await answers(asked.to) })
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
