import type { DeliveryLevel, Evidence } from '@sm/core/transport'

/** One run of an agent, from its start to its end. */
export interface ProcessRecord {
  readonly agent: string
  readonly instance: string
  readonly host: string
  /** When it started, in milliseconds since the beginning of the run, as all times of a history are. */
  readonly at: number
  /** The store in which it remembers handled messages: processes of one store never handle one twice. */
  readonly store: string
  /** The wires on which it says that it is there, and the part of each that it is in: those meet who are in the same part. */
  readonly places: Readonly<Record<string, string>>
  /** When it began to stop. */
  leavingAt?: number
  endedAt?: number
  /** `left` is a stop that finished what it had to do; `cut-short` one whose time was over before. */
  end?: 'crashed' | 'lost-power' | 'left' | 'cut-short'
}

/** One publish, from its call to its end. */
export interface PublishRecord {
  /** Counts from 1 over the whole run. */
  readonly number: number
  readonly at: number
  readonly agent: string
  readonly instance: string
  readonly type: string
  readonly to: string | undefined
  readonly key: string | undefined
  readonly delivery: DeliveryLevel
  /** Whether its type bears repeats: it may move to another wire though somebody may have got it. */
  readonly mayRepeat: boolean
  endedAt?: number
  /** `ok`: it resolved; `failed`: no one can have got it; `unknown`: someone may have. Absent while it is under way. */
  outcome?: 'ok' | 'failed' | 'unknown'
  /** The id of the message, once it has resolved. */
  id?: string
  /** The code of its error. */
  code?: string
  evidence?: Evidence
  copies?: number | undefined
  transports?: readonly string[]
}

/** One call of a handler. */
export interface HandlingRecord {
  readonly at: number
  readonly agent: string
  readonly instance: string
  /** The handler, by its agent, group and type: the same in every process. */
  readonly handler: string
  readonly store: string
  /** The id of the message. */
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly delivery: DeliveryLevel
  readonly attempt: number
  readonly transport: string
  /** Which publish it comes from; 0 for one that the simulation has not seen. */
  readonly publish: number
  endedAt?: number
  outcome?: 'done' | 'failed'
}

/** A message that was given up, with a reason. */
export interface RejectionRecord {
  readonly at: number
  readonly agent: string
  readonly instance: string
  readonly id: string
  readonly reason: string | undefined
}

/** A fault, from its beginning to its end. */
export interface FaultRecord {
  readonly kind: string
  readonly at: number
  readonly endsAt: number
  /** Whom it strikes, for people. */
  readonly target: string
}

/** A wire that has lost what its server held. */
export interface WipeRecord {
  readonly at: number
  readonly wire: string
}

/** How much waited somewhere. */
export interface GaugeRecord {
  /** An instance of an agent, or a wire. */
  readonly owner: string
  readonly name: string
  peak: number
  /** At the end of the run. */
  last: number
}

/** From when to when the directory of one process named another, with its card and as heard on a wire. */
export interface SightingRecord {
  /** The instance whose directory it is. */
  readonly by: string
  /** The instance that it named. */
  readonly instance: string
  readonly wire: string
  readonly at: number
  /** Absent where the directory named it to the end. */
  endedAt?: number
}

/** A line that an agent wrote down itself. */
export interface NoteRecord {
  readonly at: number
  readonly agent: string
  readonly instance: string
  readonly text: string
}

/** The history of one run. */
export interface History {
  /** How long the run took, in milliseconds of its own time. */
  readonly durationMs: number
  /** How long after a fault its consequences may last, in milliseconds. */
  readonly recoveryMs: number
  /** The wires that have a server in their middle: what they carry does not end with a process. */
  readonly servers: readonly string[]
  readonly processes: readonly ProcessRecord[]
  readonly publishes: readonly PublishRecord[]
  readonly handlings: readonly HandlingRecord[]
  readonly rejections: readonly RejectionRecord[]
  readonly faults: readonly FaultRecord[]
  readonly wipes: readonly WipeRecord[]
  readonly gauges: readonly GaugeRecord[]
  readonly sightings: readonly SightingRecord[]
  readonly notes: readonly NoteRecord[]
}
