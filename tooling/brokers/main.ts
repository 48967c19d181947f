/**
 * `pnpm brokers up|down|status [NAME]…`: the servers that tests use, for a developer. They stay in the background until
 * they are put down, which removes their data. Ends with 1 when one does not run or could not be ended, with 2 when it was
 * asked for what there is not.
 */
import { isBrokerName } from './absence.ts'
import { bringDown, bringUp, lookAfter } from './background/control.ts'
import { stateDirectory } from './background/state.ts'
import { type BrokerName, brokerNames } from './broker.ts'

const usage = `Usage: pnpm brokers up|down|status [NAME]…

Names: ${brokerNames.join(', ')} (default: all)`

/** The outcome of a command, and whether it is what was wanted. */
interface Outcome {
  readonly text: string
  readonly ok: boolean
}

type Action = (directory: string, name: BrokerName) => Promise<Outcome>

const status: Action = async (directory, name) => {
  const kept = await lookAfter(directory, name)
  if (kept === undefined) return { text: 'does not run', ok: false }
  return {
    text: `${kept.url} (process ${kept.pid})${kept.answers ? '' : ', but it does not answer'}`,
    ok: kept.answers,
  }
}

const actions: Readonly<Record<string, Action>> = {
  status,
  up: async (directory, name) => {
    const before = await lookAfter(directory, name)
    if (before?.answers) return { text: `${before.url} (ran already)`, ok: true }
    if (before) await bringDown(directory, name)
    const { url } = await bringUp(directory, name)
    return { text: url, ok: true }
  },
  down: async (directory, name) => {
    const ended = await bringDown(directory, name)
    return { text: ended ? 'ended, and its data removed' : 'did not run', ok: true }
  },
}

const [verb = '', ...names] = process.argv.slice(2)
const act = Object.hasOwn(actions, verb) ? actions[verb] : undefined
if (act === undefined || !names.every(isBrokerName)) {
  console.error(usage)
  process.exit(2)
}
const directory = stateDirectory()
for (const name of names.length === 0 ? brokerNames : names.filter(isBrokerName)) {
  const { text, ok } = await act(directory, name).catch((error: Error): Outcome => ({ text: error.message, ok: false }))
  console.log(`${name.padEnd(5)}  ${text}`)
  if (!ok) process.exitCode = 1
}
