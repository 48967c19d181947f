import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SmError, Transport } from '@sm/core/transport'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { type ArchiveSetting, failureOf, frameOf, isRoot, publishAll, topic, upTo, World } from './world.ts'

const refused = (why: string) => ({
  code: 'SM_ARCHIVE_DIRECTORY',
  message: expect.stringMatching(new RegExp(`${why}.*Give a directory of this user that is no link`)),
  retryable: false,
})

const startIn = (world: World, directory: string) => failureOf(() => world.open({ directory }))

describe('a directory is refused, with what is wrong and what to do', () => {
  it('that is a link, wherever it leads', async () => {
    const world = new World()
    mkdirSync(world.directory)
    for (const [name, target] of [
      ['link', world.directory],
      ['dangling', join(world.home, 'nowhere')],
    ] as const) {
      symlinkSync(target, join(world.home, name))
      expect(await startIn(world, join(world.home, name))).toMatchObject(refused('is a link'))
    }
    expect([world.files(), readdirSync(world.home).sort()]).toEqual([[], ['dangling', 'files', 'link']])
  })

  it('that is a file, or below one', async () => {
    const world = new World()
    writeFileSync(world.directory, 'mine')
    expect(await startIn(world, world.directory)).toMatchObject(refused('is not a directory'))
    expect(await startIn(world, join(world.directory, 'below'))).toMatchObject(refused('cannot be looked at'))
  })

  it('that is not writable', async ({ skip }) => {
    const world = new World()
    mkdirSync(world.directory)
    if (isRoot) mount(world, skip, 'ro,size=1m')
    else chmodSync(world.directory, 0o500)
    expect(await startIn(world, world.directory)).toMatchObject(refused('cannot be written'))
    if (!isRoot) chmodSync(world.directory, 0o700)
  })

  it('that is somebody else’s, where anybody may write to it', async ({ skip }) => {
    if (!isRoot) skip('not run: only root can give a directory away')
    const world = new World()
    mkdirSync(world.directory)
    chownSync(world.directory, 65_534, 65_534)
    chmodSync(world.directory, 0o777)
    expect(await startIn(world, world.directory)).toMatchObject(refused('anybody may write to it'))
    expect(lstatSync(world.directory).mode & 0o777).toBe(0o777)
    chmodSync(world.directory, 0o755)
    const transport = await world.open()
    expect(transport.state).toBe('ready')
  })

  it('by those who read, too', async () => {
    const world = new World()
    expect(await failureOf(() => world.read())).toMatchObject({ code: 'SM_ARCHIVE_DIRECTORY' })
    writeFileSync(world.directory, 'mine')
    expect(await failureOf(() => world.read())).toMatchObject({ code: 'SM_ARCHIVE_DIRECTORY' })
  })
})

/** Mounts a small disk of its own where the archive is. Only root can. */
function mount(world: World, skip: (why: string) => void, options = 'size=1m'): (options: string) => void {
  if (!isRoot) skip('not run: only root can mount a disk of its own')
  mkdirSync(world.directory, { recursive: true })
  const run = (all: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', all, 'tmpfs', world.directory])
  const { status, stderr } = run(options)
  if (status !== 0) skip(`not run: no disk could be mounted: ${stderr}`)
  onTestFinished(() => void spawnSync('umount', ['-l', world.directory]))
  return all => {
    expect(run(`remount,${all}`).status).toBe(0)
  }
}

interface Told {
  readonly states: string[]
  readonly codes: unknown[]
}

async function watched(world: World, setting?: ArchiveSetting): Promise<readonly [Transport, Told]> {
  const transport = world.make(setting)
  const told: Told = { states: [], codes: [] }
  transport.on('state', ({ state, error }) => {
    told.states.push(state)
    if (error) told.codes.push((error as SmError).code)
  })
  await transport.start()
  return [transport, told]
}

/** Publishes numbers until one is refused; those that were acknowledged, and the refusal. */
async function untilRefused(transport: Transport, filling: string, from: number) {
  const acknowledged: number[] = []
  for (let n = from; ; n++) {
    try {
      await transport.publish(frameOf([n, filling]), topic)
    } catch (error) {
      return { acknowledged, error }
    }
    acknowledged.push(n)
  }
}

const numbersOf = async (world: World) => ((await world.payloads()) as unknown as [number, string][]).map(([n]) => n)

describe('a directory that is lost while the archive runs', () => {
  it('is a coded error until it is back, then the archive goes on by itself', async () => {
    const world = new World()
    const [transport, told] = await watched(world)
    await transport.publish(frameOf(0), topic)
    rmSync(world.directory, { recursive: true })
    // The file is still open, and would take lines that nobody could read.
    const error = await failureOf(() => transport.publish(frameOf(1), topic))
    expect(error).toMatchObject({ code: 'SM_ARCHIVE_LOST', retryable: true, details: { outcome: 'failed' } })
    expect(transport.state).toBe('degraded')
    expect((await transport.health()).details.fault).toBe('SM_ARCHIVE_LOST')
    expect(await failureOf(() => transport.publish(frameOf(2), topic))).toMatchObject({ code: 'SM_ARCHIVE_LOST' })
    mkdirSync(world.directory)
    await eventually('it is ready again', () => transport.state === 'ready')
    await transport.publish(frameOf(3), topic)
    expect(await world.payloads()).toEqual([3])
    expect(told).toEqual({ states: ['starting', 'ready', 'degraded', 'ready'], codes: ['SM_ARCHIVE_LOST'] })
  })

  it('is logged once, and so is its return; what was published at most once meanwhile is counted as dropped', async () => {
    const world = new World()
    const lines: string[] = []
    const line = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`)
    const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
    const [transport] = await watched(world, { logger })
    rmSync(world.directory, { recursive: true })
    const lossy = (n: number) => transport.publish(frameOf(n, { delivery: 'at-most-once' }), topic)
    expect([lossy(0), lossy(1)]).toEqual([{ evidence: 'sent' }, { evidence: 'sent' }])
    await eventually('it is degraded', () => transport.state === 'degraded')
    expect(() => lossy(2)).toThrow(expect.objectContaining({ code: 'SM_ARCHIVE_LOST' }))
    mkdirSync(world.directory)
    await eventually('it is ready again', () => transport.state === 'ready')
    expect((await transport.health()).details).toMatchObject({ dropped: 2, lines: 0, waitingBytes: 0 })
    expect(lines).toEqual(['error The archive cannot be written', 'info The archive can be written again'])
  })

  it('is noticed though nothing is published, and is not made anew', async () => {
    const world = new World()
    const [transport] = await watched(world)
    rmSync(world.directory, { recursive: true })
    await eventually('it is degraded', () => transport.state === 'degraded')
    await new Promise(resolve => setTimeout(resolve, 100))
    expect([transport.state, readdirSync(world.home)]).toEqual(['degraded', []])
    await transport.stop({ drain: true })
    expect(transport.state).toBe('stopped')
  })

  it('does not come back as a link', async () => {
    const world = new World()
    const [transport] = await watched(world)
    rmSync(world.directory, { recursive: true })
    await eventually('it is degraded', () => transport.state === 'degraded')
    mkdirSync(join(world.home, 'trap'))
    symlinkSync(join(world.home, 'trap'), world.directory)
    await new Promise(resolve => setTimeout(resolve, 100))
    expect([transport.state, readdirSync(join(world.home, 'trap'))]).toEqual(['degraded', []])
  })

  it('takes a file of it as lost, too, and begins another', async () => {
    const world = new World()
    const [transport] = await watched(world)
    await transport.publish(frameOf(0), topic)
    for (const file of world.files()) rmSync(join(world.directory, file))
    expect(await failureOf(() => transport.publish(frameOf(1), topic))).toMatchObject({ code: 'SM_ARCHIVE_LOST' })
    await eventually('it is ready again', () => transport.state === 'ready')
    await transport.publish(frameOf(2), topic)
    expect(await world.payloads()).toEqual([2])
  })
})

describe.each(['none', 'zstd'] as const)('a full disk (%s)', compress => {
  it('is a coded error, loses nothing that was acknowledged, and is over once there is room', async ({ skip }) => {
    const world = new World()
    mount(world, skip)
    const [transport, told] = await watched(world, { compress, fsync: 'always', maxFileBytes: 100_000 })
    // Nothing that zstd could make much smaller.
    const filling = Array.from({ length: 3_000 }, () => Math.random().toString(36).slice(2))
      .join('')
      .slice(0, 20_000)
    const first = await untilRefused(transport, filling, 0)
    expect(first.error).toMatchObject({
      code: 'SM_ARCHIVE_FULL',
      message: expect.stringContaining('Make room'),
      retryable: true,
      details: { outcome: 'failed' },
    })
    expect(first.acknowledged.length).toBeGreaterThan(20)
    expect(transport.state).toBe('degraded')
    // A line that did not fit was cut off again: nothing is torn.
    expect(await numbersOf(world)).toEqual(first.acknowledged)
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(transport.state).toBe('degraded')
    const removed = world.files().slice(0, 3)
    const before = await numbersOf(world)
    for (const file of removed) rmSync(join(world.directory, file))
    const left = await numbersOf(world)
    expect(left).toEqual(before.slice(before.length - left.length))
    await eventually('it is ready again', () => transport.state === 'ready')
    const next = await untilRefused(transport, filling, 1_000)
    expect(next.acknowledged.length).toBeGreaterThan(3)
    expect(await numbersOf(world)).toEqual([...left, ...next.acknowledged])
    expect(told.states.slice(0, 4)).toEqual(['starting', 'ready', 'degraded', 'ready'])
    expect(new Set(told.codes)).toEqual(new Set(['SM_ARCHIVE_FULL']))
  })
})

describe('a disk that becomes read-only', () => {
  it('is a coded error until it can be written again', async ({ skip }) => {
    const world = new World()
    const remount = mount(world, skip)
    const [transport] = await watched(world, { maxFileAgeMs: 1 })
    await publishAll(transport, upTo(3))
    // No file is open: the system would not let a disk with one become read-only.
    await eventually('the file is closed', () => spawnSync('mount', ['-o', 'remount,ro', world.directory]).status === 0)
    expect(await failureOf(() => transport.publish(frameOf(3), topic))).toMatchObject({
      code: 'SM_ARCHIVE_WRITE',
      message: expect.stringContaining('EROFS'),
      details: { outcome: 'failed' },
    })
    expect(transport.state).toBe('degraded')
    remount('rw')
    await eventually('it is ready again', () => transport.state === 'ready')
    await transport.publish(frameOf(4), topic)
    expect(await world.payloads()).toEqual([0, 1, 2, 4])
  })
})
