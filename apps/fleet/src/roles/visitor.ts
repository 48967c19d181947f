import { isSmError } from '@sm/core'
import { HowIsThisHost, WhatHappened } from '../messages.ts'
import { now } from '../now.ts'
import type { Role } from '../role.ts'

/** Asks the desk, now this and now that, and passes on what it says. */
export const visitor: Role = async ({ agent, settings, report, every }) => {
  const by = agent.instance
  const options = { to: 'desk', timeoutMs: 2_000 }

  const ask = async (type: string, question: () => Promise<string>) => {
    const start = performance.now()
    try {
      const text = await question()
      report({ kind: 'answered', by, type, latencyMs: performance.now() - start, text })
    } catch (error) {
      report({ kind: 'unanswered', by, type, code: isSmError(error) ? error.code : String(error) })
    }
  }

  let asked = 0
  let status = ''
  every(settings.askEveryMs, () => {
    asked += 1
    if (asked % 4 === 0) {
      return ask(WhatHappened.type, async () => {
        const { total, latest } = await agent.request(WhatHappened, { at: now(), most: 1 }, options)
        const [last] = latest
        return last ? `${status}; ${total} alerts, the last: ${last.text}` : status
      })
    }
    return ask(HowIsThisHost.type, async () => {
      const { text } = await agent.request(HowIsThisHost, { at: now() }, options)
      status = text
      return text
    })
  })
  return undefined
}
