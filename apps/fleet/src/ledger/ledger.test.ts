import { beforeEach, expect, test } from 'vitest'
import { Ledger } from './ledger.ts'
import type { LedgerEntry } from './ledger-entry.ts'

let ledger: Ledger
let nowMs: number

beforeEach(() => {
  nowMs = 0
  ledger = new Ledger(() => nowMs)
  ledger.record({ kind: 'joined', instance: 'P', agent: 'probe-1', role: 'probe', pid: 1 })
  ledger.record({ kind: 'joined', instance: 'W1', agent: 'watch', role: 'watch', pid: 2 })
  ledger.record({ kind: 'joined', instance: 'W2', agent: 'watch', role: 'watch', pid: 3 })
  for (const type of ['host.digest', 'host.sample']) {
    ledger.record({ kind: 'subscribed', handler: `watch on ${type}`, type })
    ledger.record({ kind: 'subscribed', handler: `scribe on ${type}`, type })
  }
})

function publish(id: string, type = 'host.digest') {
  ledger.record({ kind: 'published', by: 'P', id, type, transports: ['memory'] })
}

function handle(id: string, handler: string, by = 'W1', type = 'host.digest', sender = 'P') {
  const entry: LedgerEntry = {
    kind: 'handled',
    by,
    id,
    type,
    handler: `${handler} on ${type}`,
    from: 'probe-1',
    sender,
    transport: 'memory',
    at: 5,
    latencyMs: 2,
  }
  ledger.record(entry)
}

const tally = (type = 'host.digest') => ledger.tallies().get(type)

test('a message that every handler had is complete', () => {
  publish('1')
  handle('1', 'watch')
  handle('1', 'scribe')
  expect(tally()).toMatchObject({ published: 1, expected: 2, handled: 2, twice: 0, stray: 0, missing: new Map() })
})

test('a message may be known as handled before it is known as published', () => {
  handle('1', 'watch')
  handle('1', 'scribe')
  publish('1')
  expect(tally()).toMatchObject({ published: 1, handled: 2, stray: 0 })
})

test('a handler that never had a message is named', () => {
  publish('1')
  handle('1', 'watch')
  expect(tally()).toMatchObject({ expected: 2, handled: 1, missing: new Map([['scribe on host.digest', 1]]) })
})

test('instances that share a handler make up for each other, and count as twice when both had a message', () => {
  publish('1')
  handle('1', 'scribe')
  handle('1', 'watch', 'W2')
  expect(tally()).toMatchObject({ handled: 2, twice: 0 })
  handle('1', 'watch', 'W1')
  expect(tally()).toMatchObject({ handled: 2, twice: 1 })
})

test('a message whose first handler was killed may be handled again, and that is counted', () => {
  publish('1')
  handle('1', 'watch', 'W1')
  ledger.record({ kind: 'died', instance: 'W1' })
  handle('1', 'watch', 'W2')
  expect(tally()).toMatchObject({ twice: 0, again: 1 })
  handle('1', 'watch', 'W2')
  expect(tally()).toMatchObject({ twice: 1, again: 1 })
})

test('what the dead had told may become known last', () => {
  publish('1')
  ledger.record({ kind: 'died', instance: 'W1' })
  handle('1', 'watch', 'W2')
  handle('1', 'watch', 'W1')
  expect(tally()).toMatchObject({ twice: 0, again: 1 })
})

test('a death excuses nothing that was acknowledged long before it', () => {
  publish('1')
  handle('1', 'watch', 'W1')
  nowMs = 10_000
  ledger.record({ kind: 'died', instance: 'W1' })
  handle('1', 'watch', 'W2')
  expect(tally()).toMatchObject({ twice: 1, again: 0 })
})

test('the death of another excuses nothing', () => {
  publish('1')
  handle('1', 'scribe', 'S')
  ledger.record({ kind: 'died', instance: 'W1' })
  handle('1', 'scribe', 'S')
  expect(tally()).toMatchObject({ twice: 1, again: 0 })
})

test('what a member published as it was killed is neither expected of anyone nor a stray', () => {
  handle('1', 'scribe', 'S', 'host.digest', 'W1')
  expect(tally()).toMatchObject({ stray: 1, unconfirmed: 0 })
  ledger.record({ kind: 'died', instance: 'W1' })
  expect(tally()).toMatchObject({ published: 0, expected: 0, stray: 0, unconfirmed: 1 })
})

test('what nobody published is a stray', () => {
  handle('1', 'watch')
  expect(tally()).toMatchObject({ published: 0, expected: 0, handled: 0, stray: 1 })
})

test('counts stay right when old messages are forgotten, and one that comes back is a stray', () => {
  const messages = 150_000
  for (let i = 0; i < messages; i++) {
    publish(`${i}`)
    handle(`${i}`, 'watch')
    if (i !== 7) handle(`${i}`, 'scribe')
  }
  expect(tally()).toMatchObject({ published: messages, expected: 2 * messages, handled: 2 * messages - 1, twice: 0 })
  expect(tally()?.missing).toEqual(new Map([['scribe on host.digest', 1]]))
  handle('0', 'watch')
  expect(tally()).toMatchObject({ stray: 1 })
})

test('members and routes are counted by who handled what over which transport', () => {
  publish('1')
  handle('1', 'watch', 'W1')
  publish('2')
  handle('2', 'watch', 'W2')
  expect(ledger.members.get('P')).toMatchObject({ published: 2, handled: 0 })
  expect(ledger.members.get('W2')).toMatchObject({ published: 0, handled: 1 })
  const phases = { before: 1, gone: 0, after: 0 }
  const route = { from: 'probe-1', fromPid: 1, to: 'watch', transport: 'memory', handled: 1, phases }
  expect([...ledger.routes.values()]).toEqual([
    { ...route, toPid: 2 },
    { ...route, toPid: 3 },
  ])
})

test('a route knows what it brought before a wire was killed, and while it was gone', () => {
  ledger.record({ kind: 'wire-killed', wire: 'named-pipes', at: 5 })
  publish('1')
  handle('1', 'watch')
  ledger.record({ kind: 'wire-mended', wire: 'named-pipes', at: 6 })
  expect([...ledger.routes.values()]).toMatchObject([{ handled: 1, phases: { before: 0, gone: 1, after: 0 } }])
})

test('warnings of the library are counted by their codes, and are no trouble', () => {
  for (const code of ['SM_MESH_LINK_LOST', 'SM_MESH_LINK_LOST']) ledger.record({ kind: 'warned', by: 'P', code })
  expect(ledger.warnings).toEqual(new Map([['SM_MESH_LINK_LOST', 2]]))
  expect(ledger.troubles.size).toBe(0)
})
