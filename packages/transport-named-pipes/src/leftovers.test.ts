import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFifos } from './fifo.ts'
import { removeLeftovers } from './leftovers.ts'

it('what a start or a call has left for a minute is removed; inboxes, files and what is in the making stay', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sm-leftovers-'))
  const old = ['a.01JD0000000000000000000001.in.pipe.new', '01JD0000000000000000000001.caller.pipe', 'a.in.pipe']
  const young = ['b.01JD0000000000000000000002.in.pipe.new', '01JD0000000000000000000002.called.pipe']
  try {
    await makeFifos(...[...old, ...young].map(name => join(directory, name)))
    writeFileSync(join(directory, 'notes.caller.pipe'), 'a plain file')
    const then = new Date(Date.now() - 120_000)
    for (const name of [...old, 'notes.caller.pipe']) utimesSync(join(directory, name), then, then)
    removeLeftovers(directory, Date.now())
    expect(readdirSync(directory).sort()).toEqual([...young, 'a.in.pipe', 'notes.caller.pipe'].sort())
  } finally {
    rmSync(directory, { recursive: true })
  }
})
