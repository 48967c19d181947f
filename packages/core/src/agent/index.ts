export { Agent } from './agent.ts'
export type { AgentHealth, AgentState, StopReport } from './agent-state.ts'
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
export type { Handler, PatternHandler } from './subscriptions.ts'
