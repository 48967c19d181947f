import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('bench routing holds four wires against one, and times a plan', { timeout: 120_000 }, async () => {
  const args = ['--conditions=@sm/source', main, 'routing', '--quick']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toMatch(/^four wires +at-most-once .* of one wire .*≥ 0.9/m)
  expect(stdout).toMatch(/^four wires +at-least-once .* of one wire .*≥ 0.9/m)
  expect(stdout).toMatch(/^four wires, 1,000 receivers +none/m)
})
