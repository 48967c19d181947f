export {
  Agent,
  type AgentHealth,
  type AgentState,
  type Handler,
  type StopReport,
} from './agent.ts'
export { MessageContext } from './context.ts'
export { createAgent } from './create-agent.ts'
export type { AgentOptions, PublishOptions, RequestOptions, StopOptions, SubscribeOptions } from './options.ts'
export type { Receipt } from './sender.ts'
export { MessageStream, type ReceivedMessage, Subscription } from './subscription.ts'
export type { PatternHandler } from './subscriptions.ts'
