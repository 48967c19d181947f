export type { Counter } from './counters.ts'
export {
  type DeliveryEvent,
  diagnostics,
  type FailureEvent,
  type HeaderFacts,
  type PublishEvent,
  type SettleEvent,
} from './diagnostics.ts'
export { type Labels, type Metrics, silentMetrics } from './metrics.ts'
export { type Reported, Reporter } from './reporter.ts'
export { silentTracing, type TraceContext, type Tracing } from './trace-context.ts'
export type { Witness, WitnessedDelivery, WitnessedFrame } from './witness.ts'
