/**
 * Two agents in a process that lacks something, and whether one reaches the other: without watches, if it is told so, and with the base
 * directory that is the default where none is given.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const setting = JSON.parse(process.argv[2] as string) as { readonly watches: boolean; readonly base?: string }
if (!setting.watches) {
  // As the system says it when a user has no watch left.
  fs.watch = () => {
    throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' })
  }
  syncBuiltinESMExports()
}
const { createAgent, defineMessage, isSmError, unchecked } = await import('@sm/core')
const { namedPipes } = await import('../../src/index.ts')
const Ask = defineMessage('poor.ask', { schema: unchecked<number>(), reply: unchecked<number>() })
const { base } = setting
const transports = [namedPipes({ ...(base !== undefined && { base }), pollMs: 100 })]

async function answer(): Promise<string> {
  const one = await createAgent('one', { namespace: 'poor', transports })
  await one.subscribe(Ask, n => n + 1)
  const other = await createAgent('other', { namespace: 'poor', transports })
  const reply = await other.request(Ask, 1, { to: 'one' })
  // An agent that comes later is found too, by a look now and then.
  const third = await createAgent('third', { namespace: 'poor', transports })
  await third.subscribe(Ask, n => n + 2)
  const later = await other.request(Ask, 1, { to: 'third' })
  for (const agent of [third, other, one]) await agent.stop()
  return `${reply} ${later}`
}

try {
  process.send?.({ kind: 'answer', text: await answer() })
} catch (error) {
  process.send?.({ kind: 'answer', text: isSmError(error) ? `${error.code} ${error.message}` : String(error) })
}
process.disconnect()
