import type { SignalOptions } from '../contract/index.ts'
import { type Frame, formatAddress, type RoutePolicy, type Via } from '../message/index.ts'
import type { RouteStep } from '../routing/index.ts'

/** Wishes of one publish about its transports. */
export interface Wishes {
  readonly route?: RoutePolicy | undefined
  readonly via?: Via | undefined
}

/** One publish, as a transport gets it: where it went is told to whoever publishes. */
export interface Sending extends SignalOptions {
  /** Names of the transports that took it, once it is sent. */
  transports: readonly string[]
  /** What each transport did, where several were tried. */
  steps: readonly RouteStep[] | undefined
  /** When the one transport that was tried got it, by `Clock.elapsed`, where that did not answer at once. */
  since: number | undefined
  /** Whether its time is over, or its caller has given up. Asked instead of the signal, which costs something to make. */
  readonly hasEnded: boolean
  /** The one wire that has it and has not answered: it is released by {@link Sending.end}. */
  wire: { release(): void } | undefined
  /** Undefined where it has none. */
  readonly wishes: Wishes | undefined
  /** Something goes on when the publish is done: its time runs until {@link Sending.end} has been called for that too. */
  hold(): void
  end(): void
  /** Ends what goes on. */
  abandon(reason: unknown): void
}

/** The address of a frame, as text: breakers go by it. */
export function receiverOf({ header: { to, type } }: Frame): string {
  return to ?? formatAddress({ kind: 'topic', topic: type })
}
