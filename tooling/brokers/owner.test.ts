import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it, vi } from 'vitest'
import { Program } from '../test/program.ts'
import { brokerAbsence } from './absence.ts'
import { brokerNames } from './broker.ts'
import { describeIfAllowed } from './describe-with-broker.ts'
import { isFree } from './ports.ts'
import { isAlive } from './test/alive.ts'

const owner = new URL('./test/owner.ts', import.meta.url)
const names = brokerNames.filter(name => brokerAbsence(name) === undefined)
const within = { timeout: 60_000 }

interface Owned {
  readonly pid: number
  readonly directory: string
  readonly port: number
}

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sm-owner-'))
  // Where the program makes the directories of its servers.
  vi.stubEnv('TMPDIR', directory)
  return async () => {
    vi.unstubAllEnvs()
    await rm(directory, { recursive: true })
  }
})

describeIfAllowed('redis', 'a killed owner', () => {
  it('ends servers and removes their directories when their owner is killed', async () => {
    const program = new Program(owner, { names })
    const brokers = (await program.heard('owns', 60_000)).brokers as readonly Owned[]
    expect(brokers.map(({ pid, directory }) => isAlive(pid) && existsSync(directory))).toEqual(names.map(() => true))
    await program.kill()
    const left = async ({ pid, directory, port }: Owned) =>
      isAlive(pid) || existsSync(directory) || !(await isFree(port))
    await vi.waitFor(async () => expect(await Promise.all(brokers.map(left))).toEqual(names.map(() => false)), within)
  })

  it('does so while a server starts', async () => {
    const program = new Program(owner, { names: names.slice(-1) })
    // The server has been run, and does not answer yet.
    const logs = async () => (await readdir(directory, { recursive: true })).filter(file => file.endsWith('/log'))
    await vi.waitFor(async () => expect(await logs()).toHaveLength(1), within)
    await program.kill()
    await vi.waitFor(async () => expect(await readdir(directory)).toEqual([]), within)
  })
})
