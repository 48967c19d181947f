/** What users of SmartMessage import. Plugin authors import `@sm/core/transport`. */

export * from './agent/index.ts'
export {
  createMemoryDeduplication,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  type SenderFilter,
} from './dispatch/index.ts'
export { type CoreErrorCode, type ErrorCode, isSmError, SmError } from './errors/index.ts'
export type { BackoffOptions, Clock, LogFields, Logger, Random } from './kernel/index.ts'
export {
  type AgentRef,
  bytes,
  type DeliveryLevel,
  defineMessage,
  type Header,
  type Immutable,
  type InputOf,
  type Json,
  type MessageFamily,
  type MessageNeed,
  type MessageOptions,
  type MessageType,
  type Payload,
  type PayloadOf,
  type ReplyInputOf,
  type ReplyOf,
  type RequestType,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type StandardSchemaIssue,
  type StandardSchemaOptions,
  type StandardSchemaProps,
  type StandardSchemaResult,
  type StandardSchemaV1,
  unchecked,
} from './message/index.ts'
export type { Plan, PlannedRoute, SkippedRoute } from './routing/index.ts'
export {
  type DeliveryEvent,
  diagnostics,
  type FailureEvent,
  type HeaderFacts,
  type Labels,
  type Metrics,
  type PublishEvent,
  type SettleEvent,
  type TraceContext,
  type Tracing,
} from './telemetry/index.ts'
export {
  type Capabilities,
  type DeadLetter,
  type Evidence,
  type RejectReason,
  registeredTransports,
  type TransportChoice,
  type TransportHealth,
  type TransportState,
  type TransportsConfig,
} from './transport/index.ts'
