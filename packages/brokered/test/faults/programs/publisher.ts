/**
 * Publishes at least once, so many at a time, `count` messages. It writes down each publish before it begins (`begun <number>`)
 * and how it ended (`ok`, `failed` or `unknown <number>`), and tells now and then how far it is.
 */
import { publishOutcome } from '@sm/core/transport'
import { answers, openHistory, settingOf, startAgent, tell, WorkDone } from './setting.ts'

const setting = settingOf<{ count: number; atOnce: number; from: number }>()
const write = openHistory(setting.history)
const agent = await startAgent(setting, write)
const body = 'x'.repeat(128)
let begun = 0
let ok = 0
let ended = 0

async function publish(): Promise<void> {
  begun += 1
  const number = setting.from + begun
  write(`begun ${number}`)
  try {
    const { evidence } = await agent.publish(WorkDone, { number, body })
    write(`${evidence === 'none' ? 'failed' : 'ok'} ${number}`)
    ok += 1
  } catch (error) {
    write(`${publishOutcome(error)} ${number}`)
  }
  ended += 1
  if (ended % 100 === 0) tell({ kind: 'progress', ended })
}

async function lane(): Promise<void> {
  while (begun < setting.count) await publish()
}

answers({
  go: () => {
    void Promise.all(Array.from({ length: setting.atOnce }, lane)).then(() => tell({ kind: 'sent', begun, ok }))
  },
  stop: async () => {
    await agent.stop()
  },
})
tell({ kind: 'ready' })
