import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { processesOf, runFleet } from '../src/fleet.ts'
import { launchInProcess } from '../src/launch/in-process.ts'
import { Processes } from '../src/launch/processes.ts'
import type { Summary } from '../src/ledger/summary.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])

let archive: string

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-fleet-'))
  archive = join(folder, 'archive.jsonl')
  onTestFinished(() => rm(folder, { recursive: true }))
})

/** The promises of every run, whatever the machine was doing. Only a killed process may take samples with it. */
function expectComplete(summary: Summary, transports = ['memory']) {
  expect(summary).toMatchObject({
    ok: true,
    lost: 0,
    handledTwice: 0,
    ...(summary.killed === undefined && { handledAgain: 0, dropped: 0, missing: {} }),
    strays: 0,
    troubles: {},
  })
  expect(Object.keys(summary.types)).toEqual(['desk.alerts', 'desk.status', 'host.alert', 'host.digest', 'host.sample'])
  for (const { published, expected, handled, dropped } of Object.values(summary.types)) {
    expect(published).toBeGreaterThan(0)
    expect(handled).toBe(expected - dropped)
  }
  expect(summary.types['host.sample']).toMatchObject({ delivery: 'at-most-once' })
  expect(summary.types['host.alert']).toMatchObject({ delivery: 'at-least-once' })
  expect(summary.deliveries['at-least-once']?.latencyMs?.p99).toBeGreaterThanOrEqual(0)
  expect(summary.requests).toMatchObject({ unanswered: 0 })
  expect(summary.stopped).toMatchObject({ handedBack: 0, abandoned: 0 })
  expect(Object.keys(summary.transports).sort()).toEqual(transports)
}

/** Whether there is a process of that id. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a fleet watches this machine, and nothing is lost or handled twice', async () => {
  const plan = { forMs: 1_000, probes: 5, transports: ['memory'], archive, sampleEveryMs: 20 }
  const seen: number[] = []
  const watched = { everyMs: 100, show: (_: unknown, elapsedMs: number) => seen.push(elapsedMs) }
  const summary = await runFleet(plan, { launch: launchInProcess, watched })

  expectComplete(summary)
  expect(summary.members.map(({ agent }) => agent)).toEqual([
    'scribe',
    'desk',
    'watch',
    'watch',
    ...['probe-1', 'probe-2', 'probe-3', 'probe-4', 'probe-5'],
    'visitor',
  ])
  const watches = summary.members.filter(({ role }) => role === 'watch')
  for (const { handled } of watches) expect(handled).toBeGreaterThan(0)
  expect(seen.length).toBeGreaterThan(0)

  const lines = (await readFile(archive, 'utf8')).trim().split('\n')
  const read = lines.filter(line => JSON.parse(line).resource === 'memory').map(line => JSON.parse(line))
  expect(read.length).toBeGreaterThan(0)
  expect(new Set(lines.map(line => JSON.parse(line).id)).size).toBe(lines.length)
})

test('a signal ends the work, and what was begun is finished', async () => {
  const plan = { forMs: 60_000, probes: 1, transports: ['memory'], archive, sampleEveryMs: 10 }
  const summary = await runFleet(plan, { launch: launchInProcess, signal: AbortSignal.timeout(700) })
  expectComplete(summary)
  expect(summary.elapsedMs).toBeLessThan(30_000)
})

test('each member in a process of its own: one is killed, its share moves, and nothing is lost', {
  timeout: 60_000,
}, async () => {
  const plan = {
    forMs: 2_000,
    probes: 3,
    transports: ['memory', 'named-pipes'],
    archive,
    sampleEveryMs: 20,
    kills: true,
  }
  const processes = new Processes(processesOf(plan))
  onTestFinished(() => processes.close())
  const summary = await runFleet(plan, { launch: processes.launch })

  expectComplete(summary, ['memory', 'named-pipes'])
  const { members, killed, routes } = summary
  const pids = new Set(members.map(({ pid }) => pid))
  // The visitor lives beside the desk.
  expect(pids.size).toBe(members.length - 1)
  expect(pids).not.toContain(process.pid)
  for (const pid of pids) expect(runs(pid)).toBe(false)
  for (const { fromPid, toPid, transport } of routes) expect(fromPid === toPid).toBe(transport === 'memory')

  expect(killed?.agent).toBe('watch')
  const [dead, left] = [true, false].map(dead => killed?.shares.find(({ pid }) => (pid === killed.pid) === dead))
  expect(dead?.before).toBeGreaterThan(0)
  expect(left?.before).toBeGreaterThan(0)
  expect(left?.after).toBeGreaterThan(left?.before ?? 0)
  const [before, after] = killed?.plans ?? ['', '']
  expect(before).toContain(`watch/${killed?.instance}`)
  expect(after).not.toContain(killed?.instance)
  expect(after).toContain(`named-pipes via`)
})

test('members whose fleet is killed leave by themselves', { timeout: 60_000 }, async () => {
  const args = ['--conditions=@sm/source', main, '--for', '60s', '--agents', '1', '--archive', archive]
  const fleet = spawn(process.execPath, args, { stdio: 'ignore' })
  onTestFinished(() => void fleet.kill('SIGKILL'))
  const children = async () => {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
    const rows = stdout
      .trim()
      .split('\n')
      .map(row => row.trim().split(/\s+/).map(Number))
    return rows.flatMap(([pid = 0, parent]) => (parent === fleet.pid ? pid : []))
  }
  let members: readonly number[] = []
  while (members.length < 5) {
    expect(fleet.exitCode).toBeNull()
    await sleep(50)
    members = await children()
  }
  fleet.kill('SIGKILL')
  await expect.poll(() => members.filter(runs), { timeout: 60_000 }).toEqual([])
})

test('a fleet whose processes cannot join leaves none of them', { timeout: 60_000 }, async () => {
  const plan = { forMs: 60_000, probes: 1, transports: ['carrier-pigeon'], archive }
  const processes = new Processes(2)
  const refused = runFleet(plan, { launch: processes.launch })
  await expect(refused).rejects.toMatchObject({ code: 'SM_TRANSPORT_UNKNOWN' })
  processes.close()
})

test('a fleet that cannot be launched leaves nothing running', async () => {
  const plan = { forMs: 60_000, probes: 1, transports: ['carrier-pigeon'], archive }
  await expect(runFleet(plan, { launch: launchInProcess })).rejects.toMatchObject({ code: 'SM_TRANSPORT_UNKNOWN' })
})

test('the command puts members into processes, and prints its summary as JSON and nothing else', {
  timeout: 60_000,
}, async () => {
  const transports = ['--transports', 'memory,named-pipes']
  const { stdout, stderr } = await run(...transports, '--for', '3s', '--agents', '2', '--archive', archive, '--json')
  const summary = JSON.parse(stdout) as Summary
  expectComplete(summary, ['memory', 'named-pipes'])
  expect(summary.outages).toEqual([])
  expect(summary.killed?.agent).toBe('watch')
  expect(summary.handledAgain).toBeGreaterThanOrEqual(0)
  expect(stderr).toBe('')
})

test('without a terminal the command prints plain lines and a summary', async () => {
  const { stdout } = await run('--for', '2500ms', '--transports', 'memory', '--archive', archive)
  expect(stdout).toMatch(/^1\.\d s {2}9 agents, \d+ published, \d+ handled/m)
  expect(stdout).toContain('lost 0, handled twice 0, dropped 0')
  expect(stdout).toContain(archive)
  expect(stdout).not.toContain('\x1b')
})

test('the command ends with code 1 when a message is missing: here, in an archive that keeps nothing', async () => {
  const ended = run('--for', '300ms', '--transports', 'memory', '--archive', devNull)
  await expect(ended).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('NOT WELL') })
})

test('an archive that is there is added to', async () => {
  const plan = { forMs: 300, probes: 4, transports: ['memory'], archive, sampleEveryMs: 10 }
  const first = await runFleet(plan, { launch: launchInProcess })
  const second = await runFleet(plan, { launch: launchInProcess })
  const lines = (await readFile(archive, 'utf8')).trim().split('\n')
  expect(second.ok).toBe(true)
  expect(lines).toHaveLength(first.archive.lines + second.archive.lines)
})

test.each([
  [['--colour'], "Unknown option '--colour'"],
  [['--agents', 'many'], '--agents takes a number of 1 to 200'],
  [['--transports', 'carrier-pigeon'], 'SM_TRANSPORT_UNKNOWN'],
  [['--archive', join('nowhere', 'at', 'all')], 'no such file or directory'],
])('%j is refused with code 2 and the reason', async (args, reason) => {
  await expect(run(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(reason), stdout: '' })
})
