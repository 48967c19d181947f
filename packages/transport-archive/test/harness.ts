import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TransportHarness } from '@sm/transport-conformance'
import { archive } from '../src/index.ts'

/** Where the files are. */
let directory = ''

/** The archive as the conformance suite takes it: real files, and a directory that somebody moves away. */
export const harness: TransportHarness<string> = {
  name: 'archive',
  setUp() {
    directory = join(mkdtempSync(join(tmpdir(), 'sm-archive-')), 'files')
    return directory
  },
  tearDown: () => rmSync(join(directory, '..'), { recursive: true, force: true }),
  open: (context, directory) => archive.definition.create({ directory, checkMs: 20, maxFileBytes: 16_384 }, context),
  faults: {
    cut() {
      renameSync(directory, `${directory}.away`)
      writeFileSync(directory, 'Something else has the name.')
    },
    restore() {
      rmSync(directory)
      renameSync(`${directory}.away`, directory)
    },
  },
}
