/** The suite without a test runner: the cases, and what runs them and tells how they came out. */
export { cases } from './cases/index.ts'
export type { ConformanceCase, Need, Subject } from './conformance-case.ts'
export { NotApplicable } from './conformance-case.ts'
export { Environment } from './environment.ts'
export type { HarnessLimits, TransportHarness, WireFaults } from './harness.ts'
export { probe } from './probe.ts'
export { type CaseOutcome, type CaseResult, type CaseSetting, runCase } from './run-case.ts'
export { runSuite, type SuiteOptions, type SuiteReport, suiteCodecs } from './run-suite.ts'
