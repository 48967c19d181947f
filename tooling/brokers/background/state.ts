import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { BrokerName } from '../broker.ts'

/** A broker that runs in the background. */
export interface BackgroundBroker {
  readonly name: BrokerName
  readonly url: string
  readonly port: number
  /** Process id of the server. */
  readonly pid: number
  /** Process id of the process that owns it. */
  readonly keeper: number
}

/** Where the states are: a directory of this user that nobody else can write in. Throws when somebody else's is there. */
export function stateDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env.XDG_RUNTIME_DIR ?? tmpdir()
  const { uid } = userInfo()
  const directory = join(base, `sm-brokers-${uid}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const found = lstatSync(directory)
  // Windows has neither owners nor modes here.
  const ours = uid === -1 || (found.uid === uid && (found.mode & 0o077) === 0)
  if (!found.isDirectory() || !ours) throw new Error(`${directory} is not a directory of this user alone: remove it`)
  return directory
}

const fileOf = (directory: string, name: BrokerName) => join(directory, `${name}.json`)

/** The note about a broker that was put into the background, whether or not it still runs. */
export function readState(directory: string, name: BrokerName): BackgroundBroker | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(directory, name), 'utf8')) as BackgroundBroker
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** False when there is a state already, which stays. */
export function claimState(directory: string, state: BackgroundBroker): boolean {
  try {
    writeFileSync(fileOf(directory, state.name), JSON.stringify(state), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export function removeState(directory: string, name: BrokerName): void {
  rmSync(fileOf(directory, name), { force: true })
}
