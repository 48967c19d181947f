/** Carries messages between two wires that no agent shares. */
export type { Bridge, BridgeHealth, BridgeSideHealth } from './bridge.ts'
export { createBridge } from './create-bridge.ts'
export { bridgeCatalogue } from './errors.ts'
export type {
  BridgeChanges,
  BridgedMessage,
  BridgeOptions,
  BridgeSide,
  BridgeStopOptions,
  BridgeTransform,
  BridgeWire,
} from './options.ts'
export type { BridgeCounters } from './tally.ts'
