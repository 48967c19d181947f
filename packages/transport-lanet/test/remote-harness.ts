import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TransportHarness } from '@sm/transport-conformance'
import { createRemoteHarness } from '../../../tooling/test/remote/remote-harness.ts'

/** Quick to notice and to return, yet patient with processes that share few cores. */
const options = {
  windowBytes: 16_384,
  heartbeatMs: 200,
  deadAfterMs: 1_500,
  reconnect: { initialMs: 10, maxMs: 100 },
  rekeyBytes: 20_000,
}

let base = ''

/** The lanet transport with a process of its own for each end. */
export const remoteHarness: TransportHarness = createRemoteHarness({
  transport: 'lanet',
  program: new URL('programs/hosted.ts', import.meta.url),
  setUp() {
    base = mkdtempSync(join(tmpdir(), 'sm-lanet-remote-'))
    return { base, options }
  },
  tearDown: () => rmSync(base, { recursive: true, force: true }),
})
