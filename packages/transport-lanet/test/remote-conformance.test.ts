import { testTransport } from '@sm/transport-conformance'
import { remoteHarness } from './remote-harness.ts'

testTransport(remoteHarness)
