import { simulationError } from '../errors.ts'
import { beginFault, type FaultTargets } from '../faults/begin-fault.ts'
import { type FaultKind, faultKinds } from '../faults/fault.ts'
import { pathBetween } from '../network/network.ts'
import { everything, type Strikes } from './choosing-loop.ts'

/** The kinds of faults that an exploration knows: those of a simulation that need no chance, and the loss of one answer. */
export const exploredFaultKinds = [...faultKinds.filter(isWithoutChance), 'lost-answer'] as const

/**
 * A kind of fault of an exploration. `lost-answer`: the next ack of a process, or confirm of a broker, is lost that may be; the
 * others are those of {@link FaultKind}.
 */
export type ExploredFaultKind = (typeof exploredFaultKinds)[number]

function isWithoutChance(kind: FaultKind): kind is Exclude<FaultKind, 'disturbance' | 'clock-jump'> {
  return kind !== 'disturbance' && kind !== 'clock-jump'
}

/** One fault that may strike, and whom. */
export interface Strike {
  readonly kind: ExploredFaultKind
  readonly host: string
}

/** One fault of a few, which may begin at any moment of a time, and end at any later one. */
export class OneFault implements Strikes {
  readonly #strikes: readonly Strike[]
  readonly #times: FaultTimes
  #targets: FaultTargets | undefined
  #hasBegun = false
  #end: (() => void) | undefined
  #dueAt = Number.POSITIVE_INFINITY
  /** The host whose process comes back in the event that runs. */
  #starting: string | undefined

  constructor(strikes: readonly Strike[], times: FaultTimes) {
    this.#strikes = strikes
    this.#times = times
  }

  /** Strikes these from now on. Throws `SM_SIMULATION_OPTIONS` for one that is not among them. */
  aim(targets: FaultTargets): void {
    for (const strike of this.#strikes) check(strike, targets)
    this.#targets = targets
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** A process that comes back starts in one event, with what it says and hears until it is there. */
  goesOn(event: string): boolean {
    const host = this.#starting
    if (host === undefined) return false
    return this.#targets?.replicas.get(host)?.isStarting === true && event.split(' ').includes(host)
  }

  options(now: number): ReturnType<Strikes['options']> {
    const end = this.#end
    this.#starting = undefined
    if (end) return [{ name: 'the fault ends', isOptional: false, run: end }]
    if (this.#hasBegun || now > this.#times.untilMs) return []
    return this.#strikes.map(strike => ({
      ...{ name: `${strike.kind} of ${strike.host}`, isOptional: true },
      run: () => this.#begin(strike),
    }))
  }

  #begin({ kind, host }: Strike): void {
    const targets = this.#targets as FaultTargets
    const { recorder, network } = targets
    const at = recorder.now
    const record = { kind, at, endsAt: at, target: host }
    recorder.fault(record)
    this.#hasBegun = true
    const touch = () => touchStruck({ kind, host }, targets)
    touch()
    const end =
      kind === 'lost-answer'
        ? network.loseNext(host)
        : beginFault({ kind, at, endsAt: at, hosts: [host], severity: 0 }, targets)
    if (!end || kind === 'lost-answer') return
    this.#dueAt = at + this.#times.maxMs
    this.#end = () => {
      this.#end = undefined
      this.#dueAt = Number.POSITIVE_INFINITY
      record.endsAt = recorder.now
      touch()
      end()
      if (this.#times.areStartsWhole) this.#starting = host
    }
  }
}

/** The times of a fault. All are milliseconds since the beginning of the run. */
export interface FaultTimes {
  /** Until when it may begin. */
  readonly untilMs: number
  /** How long it lasts at most. */
  readonly maxMs: number
  /** Whether a process that comes back starts in one event. */
  readonly areStartsWhole: boolean
}

/** What a fault changes, at its beginning and at its end: events that touch none of it may as well come before or after. */
function touchStruck({ kind, host }: Strike, { network: { threads }, replicas, servers }: FaultTargets): void {
  // It strikes once, and no other does.
  threads.touch('the fault')
  if (kind === 'lost-answer') threads.touch(`losses of ${host}`)
  else if (kind === 'crash' || kind === 'broker-crash') threads.touch(host)
  else if (kind === 'half-open' || kind === 'partition')
    for (const other of [...replicas.keys(), ...servers.keys()]) {
      threads.touch(pathBetween(host, other))
      if (kind === 'partition') threads.touch(pathBetween(other, host))
    }
  else threads.touch(everything)
}

function check({ kind, host }: Strike, { replicas, servers }: FaultTargets): void {
  if (!exploredFaultKinds.includes(kind))
    throw refused(`There is no fault "${kind}" to explore (there are ${exploredFaultKinds.join(', ')})`)
  const isOfServer = kind === 'broker-crash' || kind === 'broker-wipe'
  const isOfAgent = kind === 'crash' || kind === 'power-loss' || kind === 'restart'
  const fits = [...(isOfServer ? [] : replicas.keys()), ...(isOfAgent ? [] : servers.keys())]
  if (!fits.includes(host)) throw refused(`There is no "${host}" for ${kind} to strike (there are ${fits.join(', ')})`)
}

function refused(what: string) {
  return simulationError('SM_SIMULATION_OPTIONS', what, { details: { option: 'fault' } })
}
