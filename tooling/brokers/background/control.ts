import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run } from '../../workspace/run.ts'
import { answerOf } from '../answer.ts'
import type { BrokerName } from '../broker.ts'
import { kinds } from '../start.ts'
import type { KeeperWord } from './keeper.ts'
import { type BackgroundBroker, readState, removeState } from './state.ts'

const keeper = fileURLToPath(new URL('./keeper.ts', import.meta.url))
const stopTimeoutMs = 30_000
const lookAgainMs = 20

/** A broker that runs in the background, and whether it answers. Forgets one whose keeper has ended. */
export async function lookAfter(
  directory: string,
  name: BrokerName,
): Promise<(BackgroundBroker & { readonly answers: boolean }) | undefined> {
  const state = readState(directory, name)
  if (state === undefined) return undefined
  if (!(await isKeeper(state.keeper))) {
    removeState(directory, name)
    return undefined
  }
  const { hello, isReady } = kinds[name]
  const answer = await answerOf(state.port, hello, isReady)
  return { ...state, answers: answer !== undefined && isReady(answer) }
}

/** Puts a broker into the background, on its standard port if that is free. Throws when it could not be started. */
export async function bringUp(directory: string, name: BrokerName): Promise<BackgroundBroker> {
  const child = fork(keeper, [name, directory], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    cwd: '/',
  })
  const ended = once(child, 'exit').then((): KeeperWord => ({ failed: 'its keeper ended without a word' }))
  const told = once(child, 'message').then(([word]) => word as KeeperWord)
  const word = await Promise.race([told, ended])
  child.unref()
  if ('failed' in word) throw new Error(word.failed)
  return word.started
}

/** Ends a broker in the background and removes its data. False when there was none. */
export async function bringDown(directory: string, name: BrokerName): Promise<boolean> {
  const state = await lookAfter(directory, name)
  if (state === undefined) return false
  process.kill(state.keeper, 'SIGTERM')
  const deadline = performance.now() + stopTimeoutMs
  while (readState(directory, name)?.keeper === state.keeper) {
    if (performance.now() > deadline)
      throw new Error(`Process ${state.keeper} did not end it within ${stopTimeoutMs} ms`)
    await sleep(lookAgainMs)
  }
  return true
}

/** Whether this process id still belongs to a keeper, and not to whatever got it later. */
async function isKeeper(pid: number): Promise<boolean> {
  const { code, output } = await run('ps', ['-o', 'args=', '-p', `${pid}`])
  return code === 0 && output.includes(keeper)
}
