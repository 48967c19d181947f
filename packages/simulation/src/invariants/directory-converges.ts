import type { History, ProcessRecord, SightingRecord } from '../history/history.ts'
import { isCalm } from '../history/is-calm.ts'
import { processLine, sightingLine } from '../history/lines.ts'
import type { Invariant, Violation } from './violation.ts'

/**
 * The times of presence: an instance says that it is there every 5 s, or every 20 ms for each that it knows, a tenth more or less; its
 * word holds for three of those periods; every second it is looked for those who are silent. A newcomer asks twice, a second
 * apart, each time up to four times, and waits 250 ms for an answer, or 5 ms for each that it has heard of. A test holds them
 * against core.
 */
export const presenceTimes = {
  ...{ minPeriodMs: 5_000, periodPerInstanceMs: 20, spread: 1.1, heldPeriods: 3, lookMs: 1_000 },
  ...{ tries: 4, minAnswerMs: 250, answerPerInstanceMs: 5, apartMs: 1_000 },
} as const

/** How long a word may be on its way, with the answer of the one whom it makes ask. */
const onItsWayMs = 1_000
/** Faults that end a process, or set its clock, and take no word of another: what they do is in the records of processes. */
const ofOneProcess: readonly string[] = ['crash', 'power-loss', 'restart', 'clock-jump']

/** After how long a newcomer knows everyone, and how long after its end nobody may name an instance, in milliseconds. */
function boundsOf(instances: number) {
  const { minPeriodMs, periodPerInstanceMs, heldPeriods, lookMs } = presenceTimes
  const { tries, minAnswerMs, answerPerInstanceMs, apartMs } = presenceTimes
  const asksForMs = 2 * tries * Math.max(minAnswerMs, instances * answerPerInstanceMs) + apartMs
  const periodMs = Math.max(minPeriodMs, instances * periodPerInstanceMs)
  return { arrivalMs: asksForMs + onItsWayMs, convergenceMs: heldPeriods * periodMs + lookMs + onItsWayMs }
}

const broken = (what: string, ...lines: readonly string[]): Violation => ({ rule: 'directory-converges', what, lines })

/** Those who are gone, and are named. */
function namesTheGone(history: History, settledAt: number): Violation[] {
  const { durationMs, processes, sightings } = history
  const gone = new Map(processes.flatMap(each => (each.endedAt === undefined ? [] : [[each.instance, each]])))
  const { convergenceMs } = boundsOf(processes.length)
  return sightings.flatMap((sighting): Violation[] => {
    const { by, instance, at, endedAt = gone.get(by)?.endedAt ?? durationMs } = sighting
    const { end, endedAt: diedAt = durationMs, leavingAt = diedAt } = gone.get(instance) ?? {}
    // Who knew it hears it leave, or sees its link end; who came at the same moment may have been told of it by another.
    const hears = end === 'left' && at < leavingAt - onItsWayMs && isCalm(history, leavingAt, diedAt + onItsWayMs)
    const until = hears ? diedAt + onItsWayMs : Math.max(diedAt, settledAt) + convergenceMs
    if (endedAt <= until) return []
    const what = `${by} still names ${instance} ${endedAt - diedAt} ms after its end`
    return [broken(what, processLine(gone.get(instance) as ProcessRecord), sightingLine(sighting))]
  })
}

/** Those who live, can hear each other, and are not named. */
function missesTheLiving(history: History, settledAt: number): Violation[] {
  const { durationMs, processes, sightings } = history
  const seen = Map.groupBy(sightings, ({ by, instance, wire }) => `${by} ${instance} ${wire}`)
  const { arrivalMs, convergenceMs } = boundsOf(processes.length)
  const isNamed = (records: readonly SightingRecord[], from: number, to: number) =>
    records.some(({ at, endedAt = durationMs }) => at <= from && endedAt >= to)
  return processes.flatMap(one =>
    processes.flatMap(other =>
      Object.keys(one.places).flatMap((wire): Violation[] => {
        if (one === other || one.places[wire] !== other.places[wire]) return []
        const metAt = Math.max(one.at, other.at)
        const partedAt = Math.min(endOf(one, durationMs), endOf(other, durationMs))
        const records = seen.get(`${one.instance} ${other.instance} ${wire}`) ?? []
        const missing = (at: number) => {
          const what = `${one.instance} does not name ${other.instance} on ${wire}, ${Math.round(at - metAt)} ms after both had started`
          return [broken(what, processLine(one), processLine(other), ...records.map(sightingLine))]
        }
        const knownAt = metAt + arrivalMs
        const isCalmArrival = knownAt <= partedAt && isCalm(history, metAt, knownAt)
        if (isCalmArrival && !isNamed(records, knownAt, knownAt)) return missing(knownAt)
        const until = Math.max(metAt, settledAt) + convergenceMs
        return until < partedAt && !isNamed(records, until, partedAt) ? missing(until) : []
      }),
    ),
  )
}

function endOf({ leavingAt, endedAt }: ProcessRecord, durationMs: number): number {
  return leavingAt ?? endedAt ?? durationMs
}

/**
 * The directory of each process names exactly those who live and whom it can hear, on each wire: after the faults and what is left of
 * them, once a word of presence no longer holds. Without faults a newcomer knows everyone once all have spoken, and who leaves is
 * not named from then on.
 */
export const directoryConverges: Invariant = history => {
  const faults = history.faults.filter(({ kind }) => !ofOneProcess.includes(kind))
  const settledAt = Math.max(0, ...faults.map(({ endsAt }) => endsAt + history.recoveryMs))
  const seen = { ...history, faults }
  return [...namesTheGone(seen, settledAt), ...missesTheLiving(seen, settledAt)]
}
