import { testTransport } from '@sm/transport-conformance'
import { afterAll } from 'vitest'
import { closeHarness, harness } from './harness.ts'

testTransport(harness)

afterAll(closeHarness)
