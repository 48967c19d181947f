import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TransportHarness } from '@sm/transport-conformance'
import { Weather } from '../../../tooling/test/faulty-driver.ts'
import { createFaultyLanet } from './faulty-lanet.ts'

const weather = new Weather()
/** Where they meet, and have their keys. */
let base = ''

/**
 * Quick to notice and to return, so that the suite need not wait, yet patient with processes that share few cores; little
 * room, so that a publish soon has to.
 */
const options = {
  windowBytes: 16_384,
  heartbeatMs: 200,
  deadAfterMs: 1_500,
  reconnect: { initialMs: 10, maxMs: 100 },
  // So often that the suite meets many new keys.
  rekeyBytes: 20_000,
}

/** The lanet transport as the conformance suite takes it: real sockets, and weather between their ends. */
export const harness: TransportHarness<string> = {
  name: 'lanet',
  setUp() {
    base = mkdtempSync(join(tmpdir(), 'sm-lanet-'))
    return base
  },
  tearDown: () => rmSync(base, { recursive: true, force: true }),
  open: (context, base) => createFaultyLanet(base, options, context, weather),
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
