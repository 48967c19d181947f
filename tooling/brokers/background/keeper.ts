/** Owns one broker in the background until it gets SIGTERM: `keeper.ts NAME DIRECTORY`, which tells its parent how it went. */
import type { BrokerName } from '../broker.ts'
import { isFree } from '../ports.ts'
import { kinds, startBroker } from '../start.ts'
import { type BackgroundBroker, claimState, removeState } from './state.ts'

/** The words of a keeper to the process that started it. */
export type KeeperWord = { readonly started: BackgroundBroker } | { readonly failed: string }

const [name, directory] = process.argv.slice(2) as [BrokerName, string]
const tell = (word: KeeperWord) => process.send?.(word)

let stop: () => Promise<void> = async () => undefined
process.once('SIGTERM', () => void stop().then(() => process.exit()))
// Ctrl-C in the terminal is not meant for it.
process.on('SIGINT', () => undefined)

try {
  const { standardPort } = kinds[name]
  const broker = await startBroker(name, (await isFree(standardPort)) ? { port: standardPort } : {})
  const state = { name, url: broker.url, port: broker.port, pid: broker.pid, keeper: process.pid }
  stop = async () => {
    await broker.stop()
    removeState(directory, name)
  }
  if (claimState(directory, state)) {
    tell({ started: state })
    // Nothing else keeps it alive.
    setInterval(() => undefined, 2 ** 30)
  } else {
    await broker.stop()
    tell({ failed: 'somebody else has just started one' })
  }
} catch (error) {
  tell({ failed: error instanceof Error ? error.message : String(error) })
}
if (process.connected) process.disconnect()
