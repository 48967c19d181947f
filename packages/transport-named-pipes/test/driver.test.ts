import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@sm/core/transport'
import { driverRules } from '@sm/mesh/testing'
import { afterAll, describe, it } from 'vitest'
import { FifoDriver } from '../src/fifo-driver.ts'

const base = mkdtempSync(join(tmpdir(), 'sm-pipes-driver-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('the driver of named pipes', () => {
  for (const { id, title, run } of driverRules) {
    it(`${id} ${title}`, () =>
      run({
        driver: self => new FifoDriver({ base, pollMs: 200 }, { ...self, clock: systemClock, random: systemRandom }),
      }))
  }
})
