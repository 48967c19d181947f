import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MeshTransport } from '@sm/mesh'
import type { TransportHarness } from '@sm/transport-conformance'
import { capabilities } from '../src/capabilities.ts'
import { TemplateMeshDriver } from '../src/template-mesh-driver.ts'
import { ExposedDriver, Weather } from './weather.ts'

/** Where they meet. */
let directory: string
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

/** The template-mesh transport as the conformance suite takes it: the real wire, and weather between its ends. */
export const harness: TransportHarness<string> = {
  name: 'template-mesh',
  setUp() {
    directory = mkdtempSync(join(tmpdir(), 'template-mesh-'))
    return directory
  },
  tearDown() {
    rmSync(directory, { recursive: true, force: true })
  },
  open(context, directory) {
    const driver = new ExposedDriver(new TemplateMeshDriver({ directory, pollMs: 200 }, context), weather)
    return new MeshTransport({ name: 'template-mesh', capabilities, driver }, options, context)
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
