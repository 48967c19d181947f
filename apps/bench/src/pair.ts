import type { OneWay } from './one-way.ts'
import type { Sample } from './payload.ts'
import type { RoundTrip } from './round-trip.ts'

/** Where the processes of one subject meet. Plain data, so that each of them can be handed it. */
export interface Place {
  /** A new directory that nobody else uses. */
  readonly directory: string
  /** Free ports of 127.0.0.1: one for the near process, then one for each far one. */
  readonly ports: readonly number[]
  /** How many far processes there are. */
  readonly far: number
}

/** An end of a system in one process. */
export interface End {
  close(): Promise<void>
}

/** A system whose ends live in processes of their own. The far ends are there before the near one comes. */
export interface Pair {
  /** The far end number `index` (from 0) of a one-way flow: `handle` is called with each sample. */
  receive(place: Place, index: number, handle: (sample: Sample) => void): Promise<End>
  /** The near end of a one-way flow. Resolves when every far end can be reached. */
  send(place: Place): Promise<OneWay>
  /** The far end that answers each sample with a copy of it. */
  answer(place: Place): Promise<End>
  /** The near end that asks. Resolves when the far end can be reached. */
  ask(place: Place): Promise<RoundTrip>
}
