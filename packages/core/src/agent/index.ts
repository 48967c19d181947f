export { Agent } from './agent.ts'
export type { AgentHealth, AgentState, StopReport } from './agent-state.ts'
export { createAgent } from './create-agent.ts'
