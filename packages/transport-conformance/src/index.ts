/** The imports of the test file of a transport. Needs vitest; `@sm/transport-conformance/suite` does not. */
export type { DeadLetterAccess, SeenDeadLetter, TransportHarness, WireFaults } from './harness.ts'
export { inProcesses } from './processes/in-processes.ts'
export { type TestTransportOptions, testTransport } from './test-transport.ts'
