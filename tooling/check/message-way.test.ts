import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { root } from '../workspace/root.ts'

it('counts what is on the way of a message, on each wire', { timeout: 60_000 }, async () => {
  const args = ['--conditions=@sm/source', 'tooling/check/message-way.ts', '--files']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  const rows = stdout.split('\n').filter(line => /^\| .+ \| \d+ \| \d+ \| \d+ \|$/.test(line))
  expect(rows.slice(0, 2).map(row => row.split(' | ')[0])).toEqual(['| memory', '| named pipes'])
  // Files that every message needs are among them, and none that runs by the clock alone.
  const files = stdout.split('\n').map(line => line.trim())
  expect(files).toContain('packages/core/src/receiving/receiver.ts')
  expect(files).toContain('packages/mesh/src/links/link.ts')
  expect(files).not.toContain('packages/transport-named-pipes/src/leftovers.ts')
})
