import type { DeliveryLevel } from '@sm/core'
import type { Profile } from './profile.ts'

/** The promise of a system for the messages of a scenario; a call within the program promises nothing. */
export type Delivery = DeliveryLevel | 'none'

/** A system that has been set up for a scenario. */
export interface Contender {
  /**
   * Does `ops` operations and resolves when the handlers of all of them have run. Writes the microseconds of each into
   * `latenciesUs` where given. Resolves with what it took elsewhere, for a system that lives in several processes.
   */
  run(ops: number, latenciesUs?: Float64Array): Promise<FarReport | undefined>
  /** Process ids of the other ends, where they live in processes of their own. */
  readonly farPids?: readonly number[]
  /** Begins a profile of the other process, where there is one. What it resolves with ends the profile. */
  profileFar?(): Promise<(ops: number) => Promise<Profile>>
  close(): Promise<void>
}

/** The cost of a run in other processes. */
export interface FarReport {
  /** Of all of them. */
  readonly cpuUs: number
  /** Of the largest. */
  readonly rssBytes: number
}

/** The bound for a figure of a subject, as it is or as a multiple of another system's. */
export interface Aim {
  readonly figure: 'opsPerSecond' | 'p50us' | 'p99us' | 'rssMiB' | 'farRssMiB'
  /** The system that it is held against. */
  readonly of?: string
  readonly atLeast?: number
  readonly atMost?: number
}

/** A system that takes part in a scenario. */
export interface Subject {
  readonly system: string
  readonly delivery: Delivery
  /**
   * The system that it is held against, and how many times its rate it should reach: by the clock, or by the processor time of all
   * its processes. Default: by the clock.
   */
  readonly against?: { readonly system: string; readonly target?: number; readonly by?: 'clock' | 'processor' }
  /** Further aims. */
  readonly aims?: readonly Aim[]
  /** The thing that must be there besides the packages, by the name under which the target says whether it is. */
  readonly needs?: string
  /** The checkout that it is of, and which subject of its scenario it is there. Default: this one, by its place in the scenario. */
  readonly place?: { readonly directory: string; readonly index: number }
  /** Sets it up, in a process of its own. What it needs is imported here, so that no other process pays for it. */
  open(): Promise<Contender>
}

/** One question that a benchmark answers. */
export interface Scenario {
  readonly name: string
  /**
   * `rate`: how many operations a second; `latency`: also how long each takes; `growth`: what the process still holds
   * after each tenth of very many; `first`: how long one operation takes that is done once per run, without warming up;
   * `idle`: what a process holds that has nothing to do.
   */
  readonly question: 'rate' | 'latency' | 'growth' | 'first' | 'idle'
  readonly subjects: readonly Subject[]
  /** Operations of the first run of the warm-up. Default 100. */
  readonly firstOps?: number
}

/** How much work a measurement is worth. */
export interface Effort {
  readonly runs: number
  readonly warmUpMs: number
  readonly runMs: number
  /** Messages of a scenario that looks for growth. */
  readonly growthMessages: number
  /** Whether its figures are worth a verdict. */
  readonly judges: boolean
}

export const fullEffort: Effort = { runs: 7, warmUpMs: 600, runMs: 400, growthMessages: 10_000_000, judges: true }

/** Shows that everything runs; its figures mean little. */
export const quickEffort: Effort = { runs: 2, warmUpMs: 10, runMs: 10, growthMessages: 20_000, judges: false }

/** One measured figure, as the JSON file holds it. */
export interface Result {
  readonly scenario: string
  readonly system: string
  readonly delivery: Delivery
  /** Left out where a scenario asks for no rate. */
  readonly opsPerSecond?: number
  /**
   * The rate per second that the processes of the subject really had a processor, all of them together: on a machine with
   * other work, the steadier figure.
   */
  readonly opsPerCpuSecond?: number
  readonly p50us?: number
  readonly p99us?: number
  /** Most that the system's process held of the machine's memory. */
  readonly rssMiB?: number
  /** The same of the process at the other end. */
  readonly farRssMiB?: number
  /** The rate as a multiple of another system's in the same scenario of the same run, and what it should be at least. */
  readonly ratio?: Ratio
  /** Further aims, and whether they were reached. */
  readonly aims?: readonly JudgedAim[]
  /** Fastest minus slowest run, as a part of the median. */
  readonly spread?: number
  readonly growth?: Growth
}

/** A subject that was not measured, and why. */
export interface Skipped {
  readonly scenario: string
  readonly system: string
  readonly delivery: Delivery
  readonly reason: string
}

/** An aim, what the figure was, and whether that is enough. */
export interface JudgedAim extends Aim {
  readonly value: number
  /** Left out where the effort is not worth one. */
  readonly verdict?: Verdict
}

export interface Ratio {
  readonly to: string
  readonly value: number
  /** The same of the rates per second of processor time. */
  readonly cpuValue: number
  /** The middle half of `value` over the rounds of the run: between its quartiles. */
  readonly range: readonly [low: number, high: number]
  /** The same of `cpuValue`. */
  readonly cpuRange: readonly [low: number, high: number]
  readonly target?: number
  readonly verdict?: Verdict
}

/** Whether an aim was reached; `unclear` where the runs lie too far apart to say. */
export type Verdict = 'met' | 'MISSED' | 'unclear'

/** The memory of a process after each tenth of its messages, and by how many bytes that grew with each message. */
export interface Growth {
  readonly messages: number
  readonly heapMiB: readonly number[]
  readonly rssMiB: readonly number[]
  readonly heapBytesPerMessage: number
  readonly rssBytesPerMessage: number
  /** The most that `heapBytesPerMessage` may be in a process that counts as flat. */
  readonly atMostBytesPerMessage: number
  readonly verdict?: Verdict
}
