import { once } from 'node:events'
import { closeSync, lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFifos, openReadEnd, openWriteEnd, openWriter, remove } from './fifo.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sm-fifo-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

describe('a FIFO', () => {
  it('is for this user alone from the moment it exists', async () => {
    const before = process.umask(0)
    try {
      const paths = ['a', '-b'].map(file => join(directory, file))
      await makeFifos(...paths)
      for (const path of paths) {
        expect(lstatSync(path).isFIFO()).toBe(true)
        expect(lstatSync(path).mode & 0o777).toBe(0o600)
      }
      await expect(makeFifos(paths[0] as string)).rejects.toThrow(code('SM_PIPES_CREATE'))
    } finally {
      process.umask(before)
    }
  })

  it('that nobody reads, or that is gone, has nobody at home', async () => {
    const path = join(directory, 'a')
    await makeFifos(path)
    expect(() => openWriter(path)).toThrow(code('SM_PIPES_GONE'))
    remove(path)
    remove(path)
    expect(() => openWriter(path)).toThrow(code('SM_PIPES_GONE'))
  })

  it('is neither a file nor a link to one', async () => {
    const path = join(directory, 'a')
    await makeFifos(path)
    symlinkSync(path, join(directory, 'link'))
    writeFileSync(join(directory, 'file'), '')
    expect(() => openReadEnd(join(directory, 'file'))).toThrow(code('SM_PIPES_OPEN'))
    expect(() => openReadEnd(join(directory, 'link'))).toThrow(code('SM_PIPES_OPEN'))
    expect(() => openWriter(join(directory, 'file'))).toThrow(code('SM_PIPES_OPEN'))
  })

  it('does not end before its writer has come, and ends with it once it was released', async () => {
    const path = join(directory, 'a')
    await makeFifos(path)
    const reader = openReadEnd(path)
    let ended = false
    reader.socket.on('end', () => {
      ended = true
    })
    const read: string[] = []
    reader.socket.on('data', chunk => read.push(String(chunk)))
    // One who came and went without a word.
    closeSync(openWriter(path))
    const writer = openWriteEnd(path)
    writer.write('hello')
    await once(reader.socket, 'data')
    expect(ended).toBe(false)
    reader.release()
    reader.release()
    writer.destroy()
    await once(reader.socket, 'close')
    expect([ended, read]).toEqual([true, ['hello']])
  })
})
