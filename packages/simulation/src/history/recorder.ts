import { type Clock, publishOutcome, SmError } from '@sm/core/transport'
import type {
  FaultRecord,
  GaugeRecord,
  HandlingRecord,
  History,
  NoteRecord,
  ProcessRecord,
  PublishRecord,
  RejectionRecord,
  SightingRecord,
  WipeRecord,
} from './history.ts'

/** What a publish gives when it resolves. */
type Receipt = Pick<PublishRecord, 'id' | 'evidence' | 'copies' | 'transports'>

/** Writes down what happens in a run. */
export class Recorder {
  readonly #clock: Clock
  readonly #processes: ProcessRecord[] = []
  readonly #publishes: PublishRecord[] = []
  readonly #handlings: HandlingRecord[] = []
  readonly #rejections: RejectionRecord[] = []
  readonly #faults: FaultRecord[] = []
  readonly #wipes: WipeRecord[] = []
  readonly #gauges = new Map<string, GaugeRecord>()
  readonly #sightings: SightingRecord[] = []
  readonly #notes: NoteRecord[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#clock.elapsed()
  }

  started(facts: Omit<ProcessRecord, 'at' | 'leavingAt' | 'endedAt' | 'end'>): ProcessRecord {
    const record = { ...facts, at: this.now }
    this.#processes.push(record)
    return record
  }

  leaving(record: ProcessRecord): void {
    record.leavingAt ??= this.now
  }

  ended(record: ProcessRecord, end: NonNullable<ProcessRecord['end']>): void {
    record.endedAt = this.now
    record.end = end
  }

  publishing(facts: Omit<PublishRecord, 'number' | 'at'>): PublishRecord {
    const record = { number: this.#publishes.length + 1, at: this.now, ...facts }
    this.#publishes.push(record)
    return record
  }

  published(record: PublishRecord, { id, evidence, copies, transports }: Receipt): void {
    Object.assign(record, { endedAt: this.now, outcome: 'ok', id, evidence, copies, transports })
  }

  notPublished(record: PublishRecord, error: unknown): void {
    const code = error instanceof SmError ? error.code : error instanceof Error ? error.name : 'thrown'
    // A mistake of the caller is found before anything leaves.
    const outcome = error instanceof TypeError ? 'failed' : publishOutcome(error)
    Object.assign(record, { endedAt: this.now, outcome, code })
  }

  handling(facts: Omit<HandlingRecord, 'at' | 'endedAt' | 'outcome'>): HandlingRecord {
    const record = { at: this.now, ...facts }
    this.#handlings.push(record)
    return record
  }

  handled(record: HandlingRecord, outcome: NonNullable<HandlingRecord['outcome']>): void {
    record.endedAt = this.now
    record.outcome = outcome
  }

  rejected(facts: Omit<RejectionRecord, 'at'>): void {
    this.#rejections.push({ at: this.now, ...facts })
  }

  sighted(facts: Omit<SightingRecord, 'at' | 'endedAt'>): SightingRecord {
    const record = { ...facts, at: this.now }
    this.#sightings.push(record)
    return record
  }

  lostSight(record: SightingRecord): void {
    record.endedAt = this.now
  }

  fault(record: FaultRecord): void {
    this.#faults.push(record)
  }

  wiped(wire: string): void {
    this.#wipes.push({ at: this.now, wire })
  }

  note(facts: Omit<NoteRecord, 'at'>): void {
    this.#notes.push({ at: this.now, ...facts })
  }

  gauge(owner: string, name: string, value: number): void {
    const key = `${owner} ${name}`
    const gauge = this.#gauges.get(key)
    if (gauge) {
      gauge.peak = Math.max(gauge.peak, value)
      gauge.last = value
    } else this.#gauges.set(key, { owner, name, peak: value, last: value })
  }

  /** What waited in a process goes with it. */
  forgetGauges(owner: string): void {
    for (const gauge of this.#gauges.values()) if (gauge.owner === owner) gauge.last = 0
  }

  history({ recoveryMs, servers }: Pick<History, 'recoveryMs' | 'servers'>): History {
    return {
      durationMs: this.now,
      recoveryMs,
      servers,
      processes: this.#processes,
      publishes: this.#publishes,
      handlings: this.#handlings,
      rejections: this.#rejections,
      faults: this.#faults,
      wipes: this.#wipes,
      gauges: [...this.#gauges.values()],
      sightings: this.#sightings,
      notes: this.#notes,
    }
  }
}
