import type { TransportHealth } from '../contract/index.ts'
import { type SmError, smError } from '../errors/index.ts'
import type { BreakerState } from '../routing/index.ts'
import type { Counter } from '../telemetry/index.ts'

/** How a stop ended. */
export interface StopReport {
  /** Messages that were handled since the stop began. */
  readonly completed: number
  /** Messages that were given back, for another instance or a later start. */
  readonly handedBack: number
  /** Messages whose handlers were still running when the drain ended. */
  readonly abandoned: number
  /**
   * Publishes that waited for a transport and failed as it stopped, each with its own error: `details.outcome` there says whether anybody
   * may have got it.
   */
  readonly unsent: number
  /** Only where a handler of the agent called stop() itself: how many handlers ran on when it resolved, that one included. */
  readonly running?: number
}

/** `draining` from the call of stop() until nothing runs any more. */
export type AgentState = 'running' | 'draining' | 'stopped'

/** The state of an agent and its parts. */
export interface AgentHealth {
  readonly state: AgentState
  /** True while it runs and every transport is ready. */
  readonly healthy: boolean
  readonly transports: Readonly<Record<string, TransportHealth>>
  /** Agents that a transport does not take messages for at present, by transport and by agent. Empty when all is well. */
  readonly breakers: Readonly<Record<string, Readonly<Record<string, BreakerState>>>>
  /** Messages that wait since no transport would take them, and the bytes of their payloads. */
  readonly outbox: { readonly messages: number; readonly bytes: number }
  /** Counts since the start. */
  readonly counters: Readonly<Record<Counter, number>>
  /** Deliveries that are not settled yet. */
  readonly unsettled: number
  /** Handlers that run now and have not returned. */
  readonly running: number
  /** Requests that await their replies. */
  readonly requests: number
}

/** While it drains, it still publishes and requests. Throws `SM_AGENT_STOPPED` for one that has stopped. */
export function requireNotStopped(agent: string, state: AgentState, operation: string): void {
  if (state === 'stopped') throw stopped(agent, state, operation)
}

/** While it drains, it takes on nothing new. Throws `SM_AGENT_STOPPED` for one that does not run. */
export function requireRunning(agent: string, state: AgentState, operation: string): void {
  if (state !== 'running') throw stopped(agent, state, operation)
}

/** Why an agent that stops, or has stopped, does not do something. */
export function stopped(agent: string, state: AgentState, operation: string): SmError {
  const is = state === 'stopped' ? 'has stopped' : 'is stopping'
  return smError('SM_AGENT_STOPPED', `The agent ${agent} ${is} and cannot ${operation}`, {
    details: { outcome: 'failed' },
  })
}
