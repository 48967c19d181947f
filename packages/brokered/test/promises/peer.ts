import type { TransportsConfig } from '@sm/core'

/** The order of a peer: where its transport is, and by how much its wall clock is wrong. */
interface Setting {
  readonly module: string
  readonly transport: string
  readonly options: object
  readonly namespace: string
  readonly clockAheadMs: number
}

const { module, transport, options, namespace, clockAheadMs } = JSON.parse(process.argv[2] as string) as Setting
const rightNow = Date.now
Date.now = () => rightNow() + clockAheadMs

await import(module)
const { createAgent } = await import('@sm/core')
const { Ask, Deadly, News } = await import('./messages.ts')

const transports = { [transport]: options } as TransportsConfig
const agent = await createAgent('far', { namespace, transports, durable: 'preferred' })
const tell = (kind: string, rest: object = {}) => process.send?.({ kind, ...rest })

await agent.subscribe(Ask, n => n + 1)
await agent.subscribe(News, n => void tell('news', { n }))
await agent.subscribe(
  Deadly,
  async (what, { attempt }) => {
    await new Promise<void>(resolve =>
      process.send?.({ kind: 'began', what, attempt }, undefined, undefined, () => resolve()),
    )
    if (what === 'kill') process.kill(process.pid, 'SIGKILL')
    if (what === 'reject') throw Object.assign(new Error('never'), { retryable: false })
  },
  { concurrency: 1 },
)
process.on('message', async ({ kind }: { kind: string }) => {
  const { counters } = await agent.health()
  if (kind === 'counters') tell('counters', counters)
  else {
    await agent.stop()
    tell(kind)
    process.disconnect()
  }
})
tell('ready')
