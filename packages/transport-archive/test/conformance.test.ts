import { testTransport } from '@sm/transport-conformance'
import { harness } from './harness.ts'

testTransport(harness)
