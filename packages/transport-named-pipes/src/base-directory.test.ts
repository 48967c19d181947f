import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDirectory } from './base-directory.ts'

const refusal = (why: string) =>
  expect.objectContaining({ code: 'SM_PIPES_BASE', message: expect.stringContaining(why) })

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sm-base-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

describe('the directory of a namespace', () => {
  it('is made for this user alone, whatever the umask, and may be there already', () => {
    const before = process.umask(0)
    try {
      const base = join(home, 'base')
      const directory = openDirectory(base, 'space')
      expect(directory).toBe(join(base, 'space'))
      expect([base, directory].map(path => lstatSync(path).mode & 0o777)).toEqual([0o700, 0o700])
      expect(openDirectory(base, 'space')).toBe(directory)
    } finally {
      process.umask(before)
    }
  })

  it('is sought where the environment says, in order', () => {
    vi.stubEnv('SM_PIPES_BASE', join(home, 'own'))
    vi.stubEnv('XDG_RUNTIME_DIR', home)
    expect(openDirectory(undefined, 'space')).toBe(join(home, 'own', 'space'))
    vi.stubEnv('SM_PIPES_BASE', undefined)
    expect(openDirectory(undefined, 'space')).toBe(join(home, 'sm', 'space'))
    vi.stubEnv('XDG_RUNTIME_DIR', undefined)
    vi.stubEnv('TMPDIR', home)
    expect(openDirectory(undefined, 'space')).toBe(join(home, `sm-${userInfo().uid}`, 'space'))
  })

  it.each([0o750, 0o707, 0o701, 0o777])('of mode %o is refused', mode => {
    const base = join(home, 'base')
    mkdirSync(base)
    chmodSync(base, mode)
    expect(() => openDirectory(base, 'space')).toThrow(refusal(mode.toString(8)))
    expect(lstatSync(base).mode & 0o777).toBe(mode)
  })

  it('that others can enter is refused also below a good base', () => {
    openDirectory(home, 'space')
    chmodSync(join(home, 'space'), 0o770)
    expect(() => openDirectory(home, 'space')).toThrow(refusal('770'))
  })

  it('is not reached over a link', () => {
    mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(home, 'elsewhere'), join(home, 'base'))
    symlinkSync(join(home, 'elsewhere'), join(home, 'space'))
    expect(() => openDirectory(join(home, 'base'), 'space')).toThrow(refusal('is a link'))
    expect(() => openDirectory(home, 'space')).toThrow(refusal('is a link'))
  })

  it('is no file, no relative path, and not below what is not there', () => {
    writeFileSync(join(home, 'file'), '')
    expect(() => openDirectory(join(home, 'file'), 'space')).toThrow(refusal('is not a directory'))
    expect(() => openDirectory('somewhere', 'space')).toThrow(refusal('not given from the root'))
    expect(() => openDirectory(join(home, 'a', 'b'), 'space')).toThrow(refusal('cannot be made'))
  })
})
