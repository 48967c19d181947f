import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUlids, silentLogger, silentMetrics, systemClock, systemRandom } from '@sm/core/transport'
import type { Self } from '@sm/mesh'
import { driverRules } from '@sm/mesh/testing'
import { afterAll, describe, it } from 'vitest'
import { LanetDriver } from '../src/lanet-driver.ts'
import { toLinkSettings } from '../src/options.ts'
import { FileDiscovery } from './file-discovery.ts'

const base = mkdtempSync(join(tmpdir(), 'sm-lanet-driver-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const ports = {
  clock: systemClock,
  random: systemRandom,
  ids: createUlids(systemClock, systemRandom),
  logger: silentLogger,
  metrics: silentMetrics,
}

function driver(self: Self): LanetDriver {
  const options = { host: '127.0.0.1', keyDirectory: join(base, 'keys') }
  const discovery = () => new FileDiscovery(join(base, 'board'))
  const links = toLinkSettings(options)
  return new LanetDriver({ links, keys: options, handshakeMs: 5_000, discovery }, { ...self, ...ports })
}

describe('the driver of lanet', () => {
  for (const { id, title, run } of driverRules) it(`${id} ${title}`, () => run({ driver }))
})
