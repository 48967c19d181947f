/** The imports of docs and tools: message types and agents in plain data. */
export type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiMessage,
  AsyncApiOperation,
  AsyncApiRef,
  AsyncApiReply,
  AsyncApiSchema,
  AsyncApiTag,
} from './asyncapi.ts'
export { type AgentOutline, describeAgent } from './describe-agent.ts'
export { describeMessage, listMessages, type MessageDescription } from './describe-message.ts'
