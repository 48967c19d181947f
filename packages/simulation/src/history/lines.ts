import type { FaultRecord, HandlingRecord, ProcessRecord, PublishRecord, SightingRecord } from './history.ts'

const moment = (ms: number) => `${(ms / 1000).toFixed(3).padStart(8)} s`
const span = (at: number, endedAt: number | undefined) =>
  `${moment(at)} … ${endedAt === undefined ? '          ' : moment(endedAt)}`
const short = (instance: string) => instance.slice(-4)

/** A publish, as one line for people. */
export function publishLine(record: PublishRecord): string {
  const { number, at, endedAt, agent, instance, type, to, key, outcome = 'never ended', evidence, code } = record
  const known = evidence ?? code ?? ''
  const wires = record.transports?.length ? ` over ${record.transports.join(', ')}` : ''
  const address = to === undefined ? 'to all' : `to ${to}`
  const keyed = key === undefined ? '' : `, key ${key}`
  return `${span(at, endedAt)}  publish #${number} ${type} of ${agent}/${short(instance)} ${address}${keyed}: ${outcome} ${known}${wires}`.trimEnd()
}

/** A call of a handler, as one line for people. */
export function handlingLine(record: HandlingRecord): string {
  const { at, endedAt, agent, instance, publish, handler, attempt, transport, outcome = 'did not end' } = record
  return `${span(at, endedAt)}  handling of #${publish} by ${agent}/${short(instance)} (${handler}), try ${attempt} over ${transport}: ${outcome}`
}

/** A process, as one line for people. */
export function processLine({ at, endedAt, agent, instance, host, end }: ProcessRecord): string {
  return `${span(at, endedAt)}  process ${agent}/${short(instance)} on ${host}: ${end ?? 'runs'}`
}

/** What a directory has named, as one line for people. */
export function sightingLine({ at, endedAt, by, instance, wire }: SightingRecord): string {
  return `${span(at, endedAt)}  ${short(by)} names ${short(instance)} on ${wire}`
}

/** A fault, as one line for people. */
export function faultLine({ kind, at, endsAt, target }: FaultRecord): string {
  return `${span(at, endsAt)}  ${kind}: ${target}`
}
