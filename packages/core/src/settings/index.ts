export { type AgentSettings, toAgentSettings } from './agent-settings.ts'
export { requireNumber, requireTimeout } from './check-options.ts'
export type { FailoverSettings } from './failover-settings.ts'
export type {
  AgentOptions,
  Durability,
  FailoverOptions,
  OutboxOptions,
  PublishOptions,
  RequestOptions,
  SenderFilter,
  StopOptions,
  SubscribeOptions,
} from './options.ts'
export type { OutboxSettings } from './outbox-settings.ts'
export { checkPublishOptions } from './publish-settings.ts'
export { requireDurable } from './require-durable.ts'
export { type RetryOptions, type SubscribeSettings, toSubscribeSettings } from './subscribe-settings.ts'
