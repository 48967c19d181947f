import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Summary } from '../src/ledger/summary.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('the fleet runs over the LAN transport: members find each other, one is killed, and nothing is lost', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-fleet-lanet-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const command = ['--transports', 'lanet', '--for', '3s', '--agents', '2', '--json']
  const args = ['--conditions=@sm/source', main, ...command, '--archive', join(folder, 'archive.jsonl')]
  // Keys of its own, made on first use by several processes at once.
  const env = { ...process.env, XDG_CONFIG_HOME: folder, SM_LANET_KEY: '' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env })
  const summary = JSON.parse(stdout) as Summary
  expect(summary).toMatchObject({ ok: true, lost: 0, handledTwice: 0, strays: 0, troubles: {} })
  expect(summary.requests).toMatchObject({ unanswered: 0 })
  expect(Object.keys(summary.transports)).toEqual(['lanet'])
  expect(summary.killed?.agent).toBe('watch')
  expect(stderr).toBe('')
})
