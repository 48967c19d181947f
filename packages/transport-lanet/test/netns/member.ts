/** An agent of the LAN: hears a topic, publishes on it when told, and writes down what became of each message. */
import { createAgent, defineMessage, isSmError, unchecked } from '@sm/core'
import { discover, type LanetTransportOptions } from '@sm/transport-lanet'
import type { Told } from '../../../../tooling/test/program.ts'

const {
  agent: id,
  namespace,
  options,
  port,
} = JSON.parse(process.argv[2] as string) as {
  readonly agent: string
  readonly namespace: string
  readonly options: LanetTransportOptions
  readonly port?: number
}
const Note = defineMessage('lan.note', { schema: unchecked<{ readonly text: string }>() })

const faults = new Map<string, number>()
const count = (fields: object) => {
  const { code, error } = fields as { readonly code?: string; readonly error?: unknown }
  const name = code ?? (isSmError(error) ? error.code : String(error))
  faults.set(name, (faults.get(name) ?? 0) + 1)
}
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: count, error: count }

const agent = await createAgent(id, {
  namespace,
  transports: { lanet: { ...options, ...(port !== undefined && { port }) } },
  logger,
})
const handled: string[] = []
await agent.subscribe(Note, (_, { header }) => void handled.push(`${header.from.split('/')[0]} ${header.id}`)).ready

const fates = { accepted: [] as string[], nobody: 0, failed: 0, unknown: 0 }
let speaking = false
let lanes: Promise<unknown> | undefined

async function speak(): Promise<void> {
  for (let n = 1; speaking; n++) {
    try {
      const { id, evidence } = await agent.publish(Note, { text: `${n} of ${agent.id}` })
      if (evidence === 'accepted') fates.accepted.push(`${agent.id} ${id}`)
      else fates.nobody += 1
    } catch (error) {
      const { details } = error as { readonly details?: { readonly outcome?: string } }
      fates[details?.outcome === 'failed' ? 'failed' : 'unknown'] += 1
    }
    // A steady stream, not as much as there is room for.
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

const answers: Readonly<Record<string, () => unknown>> = {
  speak: () => {
    speaking = true
    lanes = Promise.all(Array.from({ length: 4 }, speak))
  },
  hush: async () => {
    speaking = false
    await lanes
  },
  report: () => ({ handled, fates }),
  look: async () => {
    const { healthy } = await agent.health()
    return { handled: handled.length, healthy, faults: [...faults], peers: discover(agent) }
  },
  stop: () => agent.stop(),
}
process.on('message', async ({ kind }: Told) => {
  const answer = await answers[kind]?.()
  if (process.connected) process.send?.({ ...(answer as object), kind })
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready', instance: agent.instance })
