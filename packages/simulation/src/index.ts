/** The imports of tests that simulate: the run, or every order of one, its wires, and what a history says. */
export { type BrokerWireOptions, brokerWire } from './broker/broker-wire.ts'
export { simulationCatalogue } from './errors.ts'
export { type ExplorationReport, explore } from './exploration/explore.ts'
export type { ExploredFaultKind, Strike } from './exploration/one-fault.ts'
export type { ExplorationOptions, OneFaultOptions } from './exploration/options.ts'
export type { FaultKind, FaultOptions } from './faults/fault.ts'
export type {
  FaultRecord,
  GaugeRecord,
  HandlingRecord,
  History,
  NoteRecord,
  ProcessRecord,
  PublishRecord,
  RejectionRecord,
  SightingRecord,
  WipeRecord,
} from './history/history.ts'
export { isCalm } from './history/is-calm.ts'
export type { Invariant, Violation } from './invariants/violation.ts'
export { type MeshWireOptions, meshWire } from './mesh/mesh-wire.ts'
export type { Death, Endpoint } from './network/endpoint.ts'
export type { Network } from './network/network.ts'
export type { SimulationOptions, SkewOptions } from './options.ts'
export type { AgentProcess } from './processes/agent-process.ts'
export type { AgentSpec, SimulatedAgentOptions } from './processes/agent-spec.ts'
export type { CreateStore } from './processes/guarded-store.ts'
export type { SimulationReport } from './report.ts'
export { simulate } from './simulate.ts'
export type { OpenWire, Wire, WireProcess, WireServer, WireWorld } from './wire.ts'
