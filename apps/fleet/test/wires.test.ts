import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Summary } from '../src/ledger/summary.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

async function run(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sm-fleet-wires-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const command = ['--conditions=@sm/source', main, ...args, '--archive', join(folder, 'archive.jsonl')]
  // A fleet that is not well ends with 1: its summary says more than its failure.
  return promisify(execFile)(process.execPath, command).catch(failure => failure)
}

const crossed = (over: Readonly<Record<string, number>>, wire: string) => over[wire] ?? 0

test('the wire in use is killed in the middle: the next one takes over, the first one comes back, and nothing is lost', {
  timeout: 120_000,
}, async () => {
  const { stdout, stderr } = await run('--for', '8s', '--agents', '2', '--json')
  const summary = JSON.parse(stdout) as Summary
  expect(summary).toMatchObject({ ok: true, lost: 0, handledTwice: 0, strays: 0, troubles: {} })
  expect(summary.requests).toMatchObject({ unanswered: 0 })
  expect(summary.killed?.agent).toBe('watch')
  expect(Object.keys(summary.transports).sort()).toEqual(['lanet', 'memory', 'named-pipes'])
  expect(summary.outages.map(({ wire }) => wire)).toEqual(['named-pipes'])
  const [outage] = summary.outages
  expect(crossed(outage?.before ?? {}, 'named-pipes')).toBeGreaterThan(0)
  expect(crossed(outage?.before ?? {}, 'lanet')).toBe(0)
  // What had come and was not yet handled when the wire went is counted as brought by it meanwhile.
  const { lanet = 0, 'named-pipes': pipes = 0 } = outage?.meanwhile ?? {}
  expect(lanet).toBeGreaterThan(pipes)
  for (const { from, to, phases, transport } of summary.routes) {
    if (from === 'visitor') expect([to, transport, phases.gone > 0]).toEqual(['desk', 'memory', true])
  }
  expect(stderr).toBe('')
})

test('chaos kills one wire after the other until the end, and nothing is lost', { timeout: 120_000 }, async () => {
  const { stdout, stderr } = await run('--chaos', '--seed', '7', '--for', '12s', '--agents', '2')
  expect(stdout).toMatch(/wire was killed \(seed 7\); longest time without progress: \d+ ms/)
  expect(stdout).toMatch(/lost 0, handled twice 0, dropped \d+, handled but not known as published 0: all is well/)
  expect(stderr).toBe('')
})
