import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { run } from '../workspace/run.ts'
import { stateDirectory } from './background/state.ts'
import { describeIfAllowed } from './describe-with-broker.ts'
import { isAlive } from './test/alive.ts'

let base: string

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'sm-background-'))
  return () => rm(base, { recursive: true })
})

const brokers = (...args: string[]) =>
  run(process.execPath, ['--conditions=@sm/source', 'tooling/brokers/main.ts', ...args], {
    env: { XDG_RUNTIME_DIR: base },
  })

describeIfAllowed('redis', 'pnpm brokers', () => {
  it('keeps a server in the background until it is put down', async () => {
    expect(await brokers('status', 'redis')).toEqual({ code: 1, output: 'redis  does not run\n' })
    const up = await brokers('up', 'redis')
    expect(up).toMatchObject({ code: 0, output: expect.stringMatching(/^redis {2}redis:\/\/127\.0\.0\.1:\d+\n$/) })
    const again = await brokers('up', 'redis')
    expect(again).toEqual({ code: 0, output: up.output.replace('\n', ' (ran already)\n') })
    const { code, output } = await brokers('status', 'redis')
    const pid = Number(/\(process (\d+)\)/.exec(output)?.[1])
    expect([code, isAlive(pid)]).toEqual([0, true])
    expect(await brokers('down', 'redis')).toEqual({ code: 0, output: 'redis  ended, and its data removed\n' })
    expect(isAlive(pid)).toBe(false)
    expect(await brokers('down', 'redis')).toEqual({ code: 0, output: 'redis  did not run\n' })
  })

  it('ends with 2 when it is asked for what there is not', async () => {
    expect(await brokers('up', 'rabbit')).toMatchObject({ code: 2, output: expect.stringContaining('Usage') })
    expect(await brokers('restart')).toMatchObject({ code: 2 })
  })

  it('notes what runs where nobody else can write', async () => {
    const directory = stateDirectory({ XDG_RUNTIME_DIR: base })
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect(await readdir(directory)).toEqual([])
  })
})
