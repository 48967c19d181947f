/** Agents that share a process, and tell how long it took until each knew everyone, and what being idle costs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Agent, createAgent, type DirectoryEntry } from '@sm/core'
import { namedPipes } from '@sm/transport-named-pipes'
import { redis } from '@sm/transport-redis'
import type { Told } from '../../../../tooling/test/program.ts'

interface Config {
  readonly agents: readonly string[]
  /** How many there are in all processes together. */
  readonly everyone: number
  readonly wires: readonly ('named-pipes' | 'redis')[]
  readonly base: string
  readonly broker: string
}

const { agents: ids, everyone, wires, base, broker } = JSON.parse(process.argv[2] as string) as Config
const wireOf = {
  'named-pipes': () => namedPipes({ base }),
  redis: () => redis({ url: broker, connectTimeoutMs: 60_000 }),
}
const crowd: Agent[] = []

async function start(id: string): Promise<number> {
  const begun = performance.now()
  const transports = wires.map(wire => wireOf[wire]())
  const options = { namespace: 'crowd', transports, startTimeoutMs: 90_000, logger: 'silent' } as const
  const agent = await createAgent(id, options)
  crowd.push(agent)
  await isComplete(agent)
  return performance.now() - begun
}

/** Resolves when the directory of an agent has everyone. */
async function isComplete({ directory }: Agent): Promise<void> {
  const known = new Set(directory.list().map(({ instance }) => instance))
  if (known.size === everyone) return
  for await (const { change, entry } of directory.watch()) {
    if (change === 'left') known.delete(entry.instance)
    else known.add(entry.instance)
    if (known.size === everyone && directory.list().length === everyone) return
  }
}

/** Whether each knows everyone over each wire: where there are links, by the link. */
function isWhole(): boolean {
  return crowd.every(agent => {
    const others = agent.directory.list().filter(({ isSelf }) => !isSelf)
    const known = others.filter(other => wires.every(wire => isMet(wire, other)))
    return known.length === everyone - 1
  })
}

function isMet(wire: string, { wires }: DirectoryEntry): boolean {
  return wire === 'redis' ? wires.redis !== undefined : wires[wire]?.evidence === 'subscribed'
}

const answers: Readonly<Record<string, (told: Told) => unknown>> = {
  /** All at once: the milliseconds from the start of each to the moment at which its directory had everyone. */
  start: async () => ({ tookMs: await Promise.all(ids.map(start)) }),
  whole: () => ({ isWhole: isWhole() }),
  idle: async ({ forMs }) => {
    const [begun, before] = [performance.now(), process.cpuUsage()]
    await sleep(forMs as number)
    const { user, system } = process.cpuUsage(before)
    return { cores: (user + system) / 1_000 / (performance.now() - begun) }
  },
  count: () => ({ counts: crowd.map(agent => agent.directory.list().length) }),
  stop: () => Promise.all(crowd.map(agent => agent.stop())).then(() => undefined),
}
process.on('message', async (told: Told) => {
  const answer = await answers[told.kind]?.(told)
  if (process.connected) process.send?.({ ...(answer as object), kind: told.kind })
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
