import { testTransport } from '@sm/transport-conformance'
import { afterAll } from 'vitest'
import { closeRemoteHarness, remoteHarness } from './remote-harness.ts'

testTransport(remoteHarness)

afterAll(closeRemoteHarness)
