import { lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FifoBatch } from './fifo-batch.ts'

describe('pipes that are made together', () => {
  let directory = ''

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sm-batch-'))
  })

  afterEach(() => rmSync(directory, { recursive: true }))

  it('are there when each who asked is told so', async () => {
    const batch = new FifoBatch()
    const names = Array.from({ length: 300 }, (_, i) => join(directory, `p${i}`))
    const made = names.map(async name => {
      await batch.make(name, `${name}b`)
      for (const path of [name, `${name}b`]) expect(lstatSync(path).isFIFO()).toBe(true)
    })
    await Promise.all(made)
    await batch.make(join(directory, 'later'))
    expect(lstatSync(join(directory, 'later')).mode & 0o777).toBe(0o600)
  })

  it('fail alone: one that cannot be made costs the others nothing', async () => {
    const batch = new FifoBatch()
    const asked = ['a', 'not/there', 'b'].map(name => batch.make(join(directory, name)))
    const results = await Promise.allSettled(asked)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { code: 'SM_PIPES_CREATE' } })
    for (const name of ['a', 'b']) expect(lstatSync(join(directory, name)).isFIFO()).toBe(true)
  })
})
