import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@sm/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DirectoryListener, DirectoryWatch } from './directory-watch.ts'

const instances = ['01JD0000000000000000000001', '01JD0000000000000000000002'] as const
const name = (agent: string, instance: string) => `${agent}.${instance}.in.pipe`

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sm-watch-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const put = (file: string) => writeFileSync(join(directory, file), '')

function createWatch() {
  const clock = createVirtualClock()
  const told: string[] = []
  const shared = new DirectoryWatch(directory, 1_000, clock, () => undefined)
  const listener: DirectoryListener = {
    found: ({ agent, instance, location }) => {
      expect(location).toBe(join(directory, name(agent, instance)))
      told.push(`found ${agent}`)
    },
    lost: instance => void told.push(`lost ${instance}`),
  }
  const watch = {
    start: () => shared.add(listener),
    scan: () => shared.scan(),
    close: () => shared.remove(listener),
  }
  return { watch, told, clock }
}

describe('a directory watch', () => {
  it('tells who is there before its start resolves, and nothing of other files', async () => {
    put(name('billing', instances[0]))
    put(`${name('shop', instances[1])}.new`)
    put(`${instances[1]}.caller.pipe`)
    put('notes.txt')
    const { watch, told } = createWatch()
    await watch.start()
    expect(told).toEqual(['found billing'])
    watch.close()
  })

  it('tells of each change once', async () => {
    const { watch, told } = createWatch()
    await watch.start()
    put(`${name('billing', instances[0])}.new`)
    renameSync(join(directory, `${name('billing', instances[0])}.new`), join(directory, name('billing', instances[0])))
    for (let i = 0; i < 3; i++) await watch.scan()
    unlinkSync(join(directory, name('billing', instances[0])))
    for (let i = 0; i < 3; i++) await watch.scan()
    expect(told).toEqual(['found billing', `lost ${instances[0]}`])
    watch.close()
  })

  it('looks by itself now and then, in case a change was missed', async () => {
    const { watch, told, clock } = createWatch()
    await watch.start()
    put(name('billing', instances[0]))
    await clock.advance(1_000)
    await watch.scan()
    expect(told).toEqual(['found billing'])
    expect(clock.pending).toBe(1)
    watch.close()
    expect(clock.pending).toBe(0)
  })

  it('takes a directory that is gone for one with nobody in it', async () => {
    put(name('billing', instances[0]))
    const { watch, told } = createWatch()
    await watch.start()
    rmSync(directory, { recursive: true })
    await watch.scan()
    await watch.scan()
    expect(told.at(-1)).toBe(`lost ${instances[0]}`)
    watch.close()
  })

  it('tells nothing once it is closed, also of a look that was under way', async () => {
    const { watch, told } = createWatch()
    await watch.start()
    put(name('billing', instances[0]))
    const looking = watch.scan()
    watch.close()
    await looking
    expect(told).toEqual([])
  })
})
