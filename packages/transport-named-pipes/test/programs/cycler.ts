/** Starts and stops one agent after another, and tells what the process has open. */
import { readdirSync } from 'node:fs'
import { answers, participant, settingOf, tell } from './setting.ts'

const setting = settingOf()

async function cycle(): Promise<number> {
  const { transport } = participant(setting)
  await transport.start()
  const { ready } = transport.subscribe(
    { target: { kind: 'inbox', agent: setting.agent }, group: setting.agent, prefetch: 1, durable: false },
    () => {},
  )
  await ready
  const { links } = (await transport.health()).details
  await transport.stop({ drain: true })
  return Number(links)
}

answers({
  cycles: async ({ count }) => {
    let links = 0
    for (let i = 0; i < Number(count); i++) links += await cycle()
    return { links }
  },
  gauges: () => {
    gc?.()
    return {
      descriptors: readdirSync('/proc/self/fd').length,
      listeners: process.eventNames().reduce((count, name) => count + process.listenerCount(name), 0),
      resources: process.getActiveResourcesInfo().length,
      heapBytes: process.memoryUsage().heapUsed,
    }
  },
})
tell({ kind: 'ready' })
