/** What the test file of a transport imports. Needs vitest; `@sm/transport-conformance/suite` does not. */
export type { TransportHarness, WireFaults } from './harness.ts'
export { type TestTransportOptions, testTransport } from './test-transport.ts'
