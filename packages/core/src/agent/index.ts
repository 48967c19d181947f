export {
  Agent,
  type AgentHealth,
  type AgentState,
  type Handler,
  type StopReport,
} from './agent.ts'
export type { MessageContext } from './context.ts'
export { createAgent } from './create-agent.ts'
export { MessageStream, type ReceivedMessage } from './message-stream.ts'
export type {
  AgentOptions,
  Durability,
  PublishOptions,
  RequestOptions,
  StopOptions,
  SubscribeOptions,
} from './options.ts'
export type { Receipt } from './sender.ts'
export { type Opening, Subscription } from './subscription.ts'
export type { PatternHandler } from './subscriptions.ts'
