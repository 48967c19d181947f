import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('bench packing holds our form of bodies against the library that it could be', { timeout: 120_000 }, async () => {
  const args = ['--conditions=@sm/source', main, 'packing', '--quick', '--scenario', 'an order of 8 lines']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toMatch(/^json +none/m)
  expect(stdout).toMatch(/^msgpackr +none/m)
  expect(stdout).toMatch(/^smartmessage +none .* of msgpackr .*≥ 1 *$/m)
})
