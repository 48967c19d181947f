import { inProcesses, testTransport } from '@sm/transport-conformance'
import { harness } from './harness.ts'

testTransport(inProcesses(harness, new URL('./harness.ts', import.meta.url)), { codecs: ['json'] })
