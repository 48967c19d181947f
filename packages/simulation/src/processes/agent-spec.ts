import type { AgentOptions } from '@sm/core'
import type { AgentProcess } from './agent-process.ts'

/** Options of an agent that a simulation leaves to its user. */
export type SimulatedAgentOptions = Omit<
  AgentOptions,
  'namespace' | 'transports' | 'deduplication' | 'logger' | 'metrics' | 'tracing' | 'clock' | 'random' | 'signal'
>

/** An agent of a simulation: its instances, and what they do. */
export interface AgentSpec {
  readonly id: string
  /** How many instances run. Each has a host of its own. Default 1. */
  readonly instances?: number
  /** The names of the wires that it uses. Default: all. */
  readonly wires?: readonly string[]
  /**
   * `own`: each process remembers what it has handled, and forgets it when it ends. `shared`: the instances of the agent
   * share a store, which outlives them. Default `own`.
   */
  readonly deduplication?: 'own' | 'shared'
  /** Options of `createAgent`. */
  readonly options?: SimulatedAgentOptions
  /**
   * What a process of it does: called once its agent has started, and again after each restart. It subscribes, publishes and
   * may go on for as long as the run. A rejection that is none of its `signal` fails the run.
   */
  run(process: AgentProcess): unknown
}

/** Names of the options of an agent, for checks. */
export const agentSpecNames: { readonly [Name in keyof Required<AgentSpec>]: true } = {
  ...{ id: true, instances: true, wires: true, deduplication: true, options: true, run: true },
}
