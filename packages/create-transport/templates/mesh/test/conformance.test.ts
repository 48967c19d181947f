import { inProcesses, testTransport } from '@sm/transport-conformance'
import { harness } from './harness.ts'

// Many peers in one process are quick to test; each in a process of its own is how they are used.
testTransport(harness)
testTransport(inProcesses(harness, new URL('./harness.ts', import.meta.url)), { codecs: ['json'] })
