import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'

const program = (options: string, handler: string) => `
import { createAgent, defineMessage, unchecked } from '@sm/core'
const Job = defineMessage('job', { schema: unchecked() })
const worker = await createAgent('worker', ${options})
await worker.subscribe(Job, ${handler}, { retry: { maxAttempts: 1 } })
for (let n = 0; n < 200; n++) await worker.publish(Job, n)
await new Promise(resolve => setImmediate(resolve))
await worker.stop()
`

/** The lines of a program on stderr, as a user starts it. */
async function said(code: string, log?: string): Promise<string[]> {
  const { SM_LOG: _, ...rest } = process.env
  const env = log === undefined ? rest : { ...rest, SM_LOG: log }
  const args = ['--conditions=@sm/source', '--no-warnings', '--input-type=module-typescript', '-']
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, '../../..'),
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(code)
  const [lines] = await Promise.all([text(child.stderr), once(child, 'close')])
  return lines.split('\n').filter(line => line !== '')
}

const fails = "() => { throw new Error('out of ink\\nfake: line') }"

describe('an agent without a logger', () => {
  it('says on stderr what went wrong, a line each, and not without end', async () => {
    const lines = await said(program('{}', fails))
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.length).toBeLessThanOrEqual(40)
    for (const line of lines) expect(line).toMatch(/^smartmessage (warning|error): .*type=job.*out of ink fake: line/)
  })

  it('says nothing where nothing goes wrong', async () => {
    expect(await said(program('{}', '() => undefined'))).toEqual([])
  })

  it.each([
    ["{ logger: 'silent' }", undefined],
    ['{}', 'silent'],
  ])('says nothing with %s and SM_LOG=%s', async (options, log) => {
    expect(await said(program(options, fails), log)).toEqual([])
  })
})
