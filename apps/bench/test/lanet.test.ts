import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createCertificate } from '../src/pairs/certificate.ts'
import { lanet } from '../src/targets/lanet.ts'
import { measured } from './long.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=@sm/source', main, ...args])

interface File {
  readonly results: ReadonlyArray<{
    readonly scenario: string
    readonly system: string
    readonly delivery: string
    readonly opsPerSecond?: number
    readonly p50us?: number
    readonly ratio?: { readonly to: string; readonly value: number }
    readonly aims?: ReadonlyArray<{ readonly figure: string; readonly of?: string; readonly value: number }>
  }>
  readonly skipped: readonly unknown[]
}

const raw = ['tcp', 'tcp coalesced', 'tls', 'tls coalesced', 'secret-stream']
const ours = { once: 'smartmessage at-most-once', again: 'smartmessage at-least-once' }

test('bench lanet measures sockets with and without encryption, and us', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sm-bench-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const json = join(folder, 'results.json')
  const scenarios = {
    // The largest frame and the smallest.
    'one-way 128 B': [...raw, ours.once, ours.again],
    'one-way 1 MiB': [...raw, ours.once, ours.again],
    'request 128 B, 1 in flight': [...raw, ours.once],
    'connect and handshake': ['tcp', 'tls', 'secret-stream', 'smartmessage link'],
    'start to first message': [...raw, ours.once],
  }
  const wanted = measured(Object.entries(scenarios))
  const chosen = wanted.flatMap(([name]) => ['--scenario', name])
  const { stdout } = await run('lanet', '--quick', '--json', json, ...chosen)

  const { results, skipped } = JSON.parse(await readFile(json, 'utf8')) as File
  expect(skipped).toEqual([])
  for (const [scenario, systems] of wanted) {
    expect(stdout).toContain(`# ${scenario}`)
    const found = results.filter(result => result.scenario === scenario)
    expect(found.map(({ system }) => system)).toEqual(systems)
    for (const { system, opsPerSecond, p50us, ratio, aims } of found) {
      const latency = !scenario.startsWith('one-way')
      expect(latency ? p50us : opsPerSecond).toBeGreaterThan(0)
      const isOurs = system.startsWith('smartmessage')
      if (scenario !== 'start to first message') expect(ratio !== undefined).toBe(isOurs)
      if (isOurs && scenario.startsWith('request'))
        expect(aims).toEqual(expect.arrayContaining([expect.objectContaining({ figure: 'p50us' })]))
    }
  }
})

test('the scenarios hold us to every target of the plan', () => {
  const aimed = lanet.scenarios.flatMap(({ name, subjects }) =>
    subjects.flatMap(({ system, against, aims = [] }) => [
      ...(against?.target === undefined ? [] : [`${name}, ${system}: ${against.target} of ${against.system}`]),
      ...aims.map(({ figure, of, atLeast, atMost }) => `${name}, ${system}: ${figure} ${atLeast ?? atMost} of ${of}`),
    ]),
  )
  const sizes = ['128 B', '1 KiB', '16 KiB', '1 MiB']
  expect(aimed.sort()).toEqual(
    [
      ...sizes.map((size, i) => `one-way ${size}, ${ours.once}: ${[0.5, 0.7, 1, 0.8][i]} of tls coalesced`),
      ...sizes.map((size, i) => `one-way ${size}, ${ours.again}: ${[0.35, 0.6, 0.9, 0.7][i]} of tls coalesced`),
      `one-way 128 B, ${ours.once}: opsPerSecond 3 of secret-stream`,
      ...sizes.slice(1).map(size => `one-way ${size}, ${ours.once}: opsPerSecond 1.2 of secret-stream`),
      ...sizes.map(size => `one-way ${size}, ${ours.again}: opsPerSecond 0.5 of ${ours.once}`),
      ...['128 B', '1 KiB'].flatMap(size => [
        `request ${size}, 1 in flight, ${ours.once}: p50us 1.3 of tls coalesced`,
        ...[1, 64].map(many => `request ${size}, ${many} in flight, ${ours.once}: opsPerSecond 1.2 of secret-stream`),
      ]),
      `start to first message, ${ours.once}: p50us 60000 of undefined`,
    ].sort(),
  )
  for (const { subjects } of lanet.scenarios) {
    const systems = subjects.map(({ system }) => system)
    for (const { against, aims = [] } of subjects) {
      for (const of of [against?.system, ...aims.map(aim => aim.of)])
        if (of !== undefined) expect(systems).toContain(of)
    }
  }
})

test('a certificate is good now and signed by its own key', () => {
  const now = Date.now()
  const certificate = new X509Certificate(createCertificate(now))
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.subject).toBe('CN=sm-bench')
  expect(certificate.validFromDate.getTime()).toBeLessThan(now)
  expect(certificate.validToDate.getTime()).toBeGreaterThan(now)
})
