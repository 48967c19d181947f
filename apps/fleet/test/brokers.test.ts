import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { answerOf } from '../../../tooling/brokers/answer.ts'
import { brokerAbsence, brokerNames } from '../../../tooling/brokers/index.ts'
import { isFree } from '../../../tooling/brokers/ports.ts'
import { brokersToStart, serve } from '../src/brokers.ts'
import type { Summary } from '../src/ledger/summary.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

it('starts brokers that are named without a URL, each once', () => {
  expect(brokersToStart(['memory', 'redis', 'nats://127.0.0.1', 'amqp', 'redis'])).toEqual(['redis', 'amqp'])
})

const absence = brokerAbsence('redis')

it.skipIf(absence)(
  `puts the URL of a server in the place of its name${absence ? ` (not run: ${absence})` : ''}`,
  async () => {
    const { transports, close } = await serve(['memory', 'redis', 'redis'])
    const [memory, first = '', second] = transports
    expect([memory, second]).toEqual(['memory', first])
    expect(first).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/)
    const port = Number(new URL(first).port)
    expect(`${await answerOf(port, 'PING\r\n', answer => answer.includes('\n'))}`).toBe('+PONG\r\n')
    await close()
    expect(await isFree(port)).toBe(true)
  },
)

it.for([...brokerNames, 'websocket'] as const)(
  'the fleet runs over %s with a server of its own: one member is killed, and nothing is lost',
  { timeout: 120_000 },
  async (name, { skip }) => {
    const reason = name === 'websocket' ? undefined : brokerAbsence(name)
    if (reason !== undefined) skip(`not run: ${reason}`)
    const folder = await mkdtemp(join(tmpdir(), 'sm-fleet-broker-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const command = ['--transports', name, '--for', '2s', '--agents', '2', '--json']
    const args = ['--conditions=@sm/source', main, ...command, '--archive', join(folder, 'archive.jsonl')]
    // A fleet that is not well ends with 1: its summary says more than its failure.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args).catch(failure => failure)
    const summary = JSON.parse(stdout) as Summary
    expect(summary).toMatchObject({ ok: true, lost: 0, handledTwice: 0, strays: 0, troubles: {} })
    expect(summary.requests).toMatchObject({ unanswered: 0 })
    expect(Object.keys(summary.transports)).toEqual([name])
    expect(summary.killed?.agent).toBe('watch')
    expect(stderr).toBe('')
  },
)
