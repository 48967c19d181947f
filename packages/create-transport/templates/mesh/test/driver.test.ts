import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@sm/core/transport'
import { driverRules } from '@sm/mesh/testing'
import { afterAll, describe, it } from 'vitest'
import { TemplateMeshDriver } from '../src/template-mesh-driver.ts'

const directory = mkdtempSync(join(tmpdir(), 'template-mesh-driver-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the driver', () => {
  for (const { id, title, run } of driverRules) {
    it(`${id} ${title}`, () =>
      run({ driver: self => new TemplateMeshDriver({ directory, pollMs: 200 }, { ...self, clock: systemClock }) }))
  }
})
