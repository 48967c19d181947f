/** The imports of users of SmartMessage. Plugin authors import `@sm/core/transport`. */

export {
  Agent,
  type AgentHealth,
  type AgentState,
  type AgentTransport,
  type AgentTransports,
  createAgent,
  type DrainReport,
  type MigrateOptions,
  type MigrationReport,
  type StopReport,
  type TransportEntry,
  type TransportTally,
} from './agent/index.ts'
export type {
  Capabilities,
  DeadLetter,
  Evidence,
  RejectReason,
  TransportChoice,
  TransportHealth,
  TransportState,
} from './contract/index.ts'
export {
  createMemoryDeduplication,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
} from './deduplication/index.ts'
export type {
  Directory,
  DirectoryChange,
  DirectoryEntry,
  DirectoryWire,
  Handled,
  Inbox,
  Load,
  Topology,
  TopologyEdge,
  TopologyNode,
  WaitForOptions,
} from './directory/index.ts'
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
  type Place,
  type ReplyInputOf,
  type ReplyOf,
  type RequestType,
  type RoutePolicy,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type StandardSchemaIssue,
  type StandardSchemaOptions,
  type StandardSchemaProps,
  type StandardSchemaResult,
  type StandardSchemaV1,
  unchecked,
  type Via,
} from './message/index.ts'
export {
  type Handler,
  type MessageContext,
  MessageStream,
  type Opening,
  type PatternHandler,
  type ReceivedMessage,
  type ReceivedRoute,
  Subscription,
} from './receiving/index.ts'
export { registeredTransports, type TransportsConfig } from './registry/index.ts'
export type {
  BreakerState,
  Plan,
  PlannedRoute,
  Receipt,
  RouteFailure,
  RouteStep,
  SkippedRoute,
} from './routing/index.ts'
export type {
  AgentOptions,
  Durability,
  FailoverOptions,
  PublishOptions,
  RequestOptions,
  SenderFilter,
  StopOptions,
  SubscribeOptions,
} from './settings/index.ts'
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
