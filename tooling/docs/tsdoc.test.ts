import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TsdocReader } from './tsdoc.ts'

let directory: string
let file: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sm-tsdoc-'))
  file = join(directory, 'options.ts')
  const source = `
    interface Base {
      /** How long, see {@link Other}. */
      readonly timeoutMs?: number
      readonly hidden: string
    }
    /** What it does. */
    export interface Options extends Pick<Base, 'timeoutMs'> {
      /** Whom
       *  it is for. */
      readonly to: 'one' | 'all'
      bare: string
    }`
  await writeFile(file, source)
})
afterAll(() => rm(directory, { recursive: true }))

it('reads an interface with what it inherits, types as written and comments as one line', () => {
  expect(new TsdocReader([file]).interface(file, 'Options')).toEqual({
    name: 'Options',
    text: 'What it does.',
    properties: [
      { name: 'to', optional: false, type: `'one' | 'all'`, text: 'Whom it is for.' },
      { name: 'bare', optional: false, type: 'string', text: '' },
      { name: 'timeoutMs', optional: true, type: 'number', text: 'How long, see `Other`.' },
    ],
  })
})

it('says when there is no such interface', () => {
  expect(() => new TsdocReader([file]).interface(file, 'Nothing')).toThrow('declares no interface Nothing')
})
