import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { ArchiveTransportOptions } from '../src/index.ts'
import { World } from './world.ts'

const program = fileURLToPath(new URL('./programs/syncer.ts', import.meta.url))
const trace = ['-f', '-e', 'trace=fsync,fdatasync,write', '-e', 'signal=none']

/** What the system was asked for, in order: `write` of a line, `sync` of a file, `names` of the directory, `ack` of a publish. */
function calls(world: World, policy: Partial<ArchiveTransportOptions>, skip: (why: string) => void): string {
  if (spawnSync('strace', [...trace, 'true']).status !== 0) skip('not run: strace is not there, or may not trace')
  const options = JSON.stringify({ directory: world.directory, ...policy })
  const { stderr, status } = spawnSync(
    'strace',
    [...trace, process.execPath, '--conditions=@sm/source', program, options],
    { encoding: 'utf8' },
  )
  expect(status).toBe(0)
  const kinds = {
    '\\bfdatasync\\(': 'sync',
    '\\bfsync\\(': 'names',
    'write\\(.*specversion': 'write',
    'ack\\\\n': 'ack',
  }
  return stderr
    .split('\n')
    .flatMap(line => Object.entries(kinds).find(([pattern]) => new RegExp(pattern).test(line))?.[1] ?? [])
    .join(' ')
}

describe('the system is asked to sync', { timeout: 60_000 }, () => {
  it('with fsync always, the name of a file and each line before its publish resolves', ({ skip }) => {
    expect(calls(new World(), { fsync: 'always' }, skip)).toBe('names write sync ack write sync ack write sync ack')
  })

  it('with fsync interval, apart from publishes, and before a file is closed', ({ skip }) => {
    // An interval that does not end while this runs.
    const policy = { fsync: 'interval', fsyncIntervalMs: 3_600_000 } as const
    expect(calls(new World(), policy, skip)).toBe('names write ack write ack write ack sync')
  })

  it('with fsync never, not at all', ({ skip }) => {
    expect(calls(new World(), { fsync: 'never' }, skip)).toBe('write ack write ack write ack')
  })
})
