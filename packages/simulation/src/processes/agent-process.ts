import type { Agent } from '@sm/core'
import { type Clock, type Random, sleep } from '@sm/core/transport'

/** One run of an agent, as its code sees it. */
export interface AgentProcess {
  /** The agent itself, made by `createAgent`. Its publishes and handlers are written down. */
  readonly agent: Agent
  /** Which of the instances of the agent it is, from 0; the same after a restart. */
  readonly index: number
  /** How many times this instance has been started before. */
  readonly restarts: number
  /** The clock of its host. */
  readonly clock: Clock
  /** Chance that the seed decides. */
  readonly random: Random
  /** Aborts when the process is about to stop; not when it crashes, which nobody can notice. */
  readonly signal: AbortSignal
  /** Waits. Rejects when the process is about to stop. */
  sleep(ms: number): Promise<void>
  /** Writes a line into the history, for checks of your own. */
  note(text: string): void
}

/** Makes {@link AgentProcess.sleep}. */
export function sleeper(clock: Clock, signal: AbortSignal) {
  return (ms: number) => sleep(clock, ms, signal)
}
