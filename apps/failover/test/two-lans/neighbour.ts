/** An agent that sends to each of the others when told, and writes down what became of each message, and what it handled. */
import { type Agent, createAgent, defineMessage, isSmError, unchecked } from '@sm/core'
import { lanet } from '@sm/transport-lanet'
import { nats } from '@sm/transport-nats'
import type { Told } from '../../../../tooling/test/program.ts'
import type { Handled, Look, Published } from './records.ts'

interface Config {
  readonly agent: string
  readonly others: readonly string[]
  readonly lanHost: string
  readonly keyDirectory: string
  readonly broker: string
}

const { agent: id, others, lanHost, keyDirectory, broker } = JSON.parse(process.argv[2] as string) as Config
const Note = defineMessage('lan.note', { schema: unchecked<{ readonly n: number }>() })

/** Quick to notice that somebody is gone, and to try again. */
const quick = { heartbeatMs: 300, deadAfterMs: 2_000, reconnect: { initialMs: 50, maxMs: 500 } }
/** How often each of the others gets a message, in milliseconds. */
const everyMs = 20

const agent: Agent = await createAgent(id, {
  namespace: 'two-lans',
  transports: [
    lanet({ ...quick, host: lanHost, keyDirectory, networkKey: Buffer.alloc(32, 1).toString('base64') }),
    nats({ ...quick, url: broker }),
  ],
  // What has no way waits for it longer than any cable is out here.
  publishTimeoutMs: 150_000,
  logger: 'silent',
})
const handled: Handled[] = []
await agent.subscribe(Note, ({ n }, { from, transport }) => void handled.push({ n, from: from.agent, over: transport }))
  .ready

const published: Published[] = []
const open = new Set<Promise<void>>()
let timer: NodeJS.Timeout | undefined
let count = 0

async function publish(n: number, to: string): Promise<void> {
  try {
    const { transports } = await agent.publish(Note, { n }, { to })
    published.push({ n, to, outcome: 'ok', over: transports.join() })
  } catch (error) {
    const outcome = isSmError(error) && error.details.outcome === 'failed' ? 'failed' : 'unknown'
    published.push({ n, to, outcome, over: isSmError(error) ? error.code : String(error) })
  }
}

function look(): Look {
  const evidence = agent.directory.list().flatMap(({ agent: known, isSelf, wires }) => {
    if (isSelf) return []
    return Object.entries(wires).map(([wire, { evidence }]) => `${known} over ${wire}: ${evidence}`)
  })
  const brought: Record<string, number> = {}
  for (const { from, over } of handled) {
    const way = `${from} over ${over}`
    brought[way] = (brought[way] ?? 0) + 1
  }
  return { evidence, brought }
}

const answers: Readonly<Record<string, () => unknown>> = {
  speak: () => {
    // At their pace, whatever becomes of those before: a sender that waits for each would fall silent with its wire.
    timer = setInterval(() => {
      for (const to of others) {
        const ending = publish(count, to).finally(() => open.delete(ending))
        open.add(ending)
        count += 1
      }
    }, everyMs)
  },
  hush: async () => {
    clearInterval(timer)
    await Promise.all(open)
  },
  look,
  health: async () => ({ transports: (await agent.health()).transports }),
  report: () => ({ published, handled }),
}
process.on('message', async ({ kind }: Told) => {
  const answer = await answers[kind]?.()
  if (process.connected) process.send?.({ ...(answer as object), kind })
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
