import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MeshTransport } from '@sm/mesh'
import type { TransportHarness } from '@sm/transport-conformance'
import { FaultyDriver, Weather } from '../../../tooling/test/faulty-driver.ts'
import { capabilities } from '../src/capabilities.ts'
import { FifoDriver } from '../src/fifo-driver.ts'

const weather = new Weather()

/**
 * Quick to notice and to return, so that the suite need not wait, yet patient with processes that share few cores; little
 * room, so that a publish soon has to.
 */
const options = {
  windowBytes: 16_384,
  heartbeatMs: 200,
  deadAfterMs: 1_500,
  reconnect: { initialMs: 10, maxMs: 100 },
}

/** Where they meet. */
let base = ''

/** The named-pipes transport as the conformance suite takes it: real pipes, and weather between their ends. */
export const harness: TransportHarness<string> = {
  name: 'named-pipes',
  setUp() {
    base = mkdtempSync(join(tmpdir(), 'sm-pipes-'))
    return base
  },
  tearDown: () => rmSync(base, { recursive: true, force: true }),
  open(context, base) {
    const driver = new FaultyDriver(new FifoDriver({ base, pollMs: 200 }, context), weather)
    return new MeshTransport({ name: 'named-pipes', capabilities, driver }, options, context)
  },
  deadLetters: { most: 1_000 },
  faults: {
    scope: 'process',
    cut: () => weather.storm(),
    restore: () => {
      weather.cut = false
    },
    freeze: () => {
      weather.frozen = true
    },
    thaw: () => {
      weather.frozen = false
    },
  },
}
