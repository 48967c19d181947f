/** What the test file of a transport imports. Needs vitest; `@sm/transport-conformance/suite` does not. */
import '@sm/core'
import '@sm/core/msgpack'

export type { TransportHarness, WireFaults } from './harness.ts'
export { type TestTransportOptions, testTransport } from './test-transport.ts'
