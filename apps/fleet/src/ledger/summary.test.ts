import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { toSummaryText } from '../view/summary-text.ts'
import { Ledger } from './ledger.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { toSummary } from './summary.ts'

const sample = { type: 'host.sample', handler: 'scribe on host.sample' } as const
const alert = { type: 'host.alert', handler: 'scribe on host.alert' } as const

async function summaryOf(entries: readonly LedgerEntry[], lines: number) {
  const folder = await mkdtemp(join(tmpdir(), 'sm-fleet-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const archive = join(folder, 'archive.jsonl')
  const before = '{"from":"an earlier run"}\n'
  await writeFile(archive, before + '{}\n'.repeat(lines))
  const ledger = new Ledger()
  ledger.record({ kind: 'joined', instance: 'S', agent: 'scribe', role: 'scribe', pid: 1 })
  for (const { type, handler } of [sample, alert]) ledger.record({ kind: 'subscribed', type, handler })
  for (const entry of entries) ledger.record(entry)
  const stops = [{ completed: 1, handedBack: 0, abandoned: 0, unsent: 0 }]
  return toSummary(ledger, { elapsedMs: 1_000, archive: { file: archive, fromByte: before.length }, stops })
}

const published = (id: string, { type }: typeof sample | typeof alert): LedgerEntry => ({
  kind: 'published',
  by: 'P',
  id,
  type,
  transports: ['memory'],
})

const handled = (id: string, { type, handler }: typeof sample | typeof alert): LedgerEntry => ({
  kind: 'handled',
  by: 'S',
  id,
  type,
  handler,
  from: 'probe-1',
  sender: 'P',
  transport: 'memory',
  at: 5,
  latencyMs: 4,
})

test('all is well when every message was handled once and is in the archive', async () => {
  const summary = await summaryOf([published('1', alert), handled('1', alert)], 1)
  expect(summary).toMatchObject({ ok: true, lost: 0, handledTwice: 0, dropped: 0, archive: { lines: 1, written: 1 } })
  expect(summary.deliveries['at-least-once']).toMatchObject({ published: 1, handled: 1, latencyMs: { p50: 4, p99: 4 } })
  expect(summary.transports).toEqual({ memory: { published: 1, handled: 1 } })
})

test('an at-least-once message without a handling is lost, and all is not well', async () => {
  const summary = await summaryOf([published('1', alert)], 0)
  expect(summary).toMatchObject({ ok: false, lost: 1, dropped: 0, missing: { 'scribe on host.alert': 1 } })
})

test('an at-most-once message without a handling is dropped, which is its right', async () => {
  const summary = await summaryOf([published('1', sample)], 0)
  expect(summary).toMatchObject({ ok: true, lost: 0, dropped: 1, missing: { 'scribe on host.sample': 1 } })
  expect(toSummaryText(summary)).toMatch(/: all is well but for 1 dropped that were sent at most once$/)
})

test('a message that was handled twice is not well, at either level', async () => {
  const summary = await summaryOf([published('1', sample), handled('1', sample), handled('1', sample)], 2)
  expect(summary).toMatchObject({ ok: false, handledTwice: 1 })
})

test('a message that was handled again because the first handler was killed is well', async () => {
  const first: LedgerEntry = { ...(handled('1', sample) as Extract<LedgerEntry, { kind: 'handled' }>), by: 'K' }
  const entries = [published('1', sample), first, { kind: 'died', instance: 'K' } as const, handled('1', sample)]
  expect(await summaryOf(entries, 1)).toMatchObject({ ok: true, handledTwice: 0, handledAgain: 1 })
})

test('an archive that lacks a line is not well', async () => {
  const summary = await summaryOf([published('1', alert), handled('1', alert)], 0)
  expect(summary).toMatchObject({ ok: false, lost: 0, archive: { lines: 0, written: 1 } })
})
