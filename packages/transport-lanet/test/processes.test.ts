import { inProcesses, testTransport } from '@sm/transport-conformance'
import { describe } from 'vitest'
import { harness } from './harness.ts'

// Every rule holds in one process here, and between processes over named pipes, which have the same mesh.
describe.skipIf(process.env.SM_LONG !== '1')('with each peer in a process of its own, asked for by SM_LONG=1', () => {
  testTransport(inProcesses(harness, new URL('./harness.ts', import.meta.url)), { codecs: ['json'] })
})
