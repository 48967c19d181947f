import type { HandlingRecord, History, ProcessRecord, PublishRecord } from '../history/history.ts'
import { handlingLine, processLine, publishLine } from '../history/lines.ts'
import type { Invariant, Violation } from './violation.ts'

type Tries = readonly HandlingRecord[]

const isDeath = ({ end }: ProcessRecord) => end === 'crashed' || end === 'lost-power' || end === 'cut-short'

/** How many groups must have ended with the message, going by its receipt. */
function owed({ to, evidence, copies, transports }: PublishRecord): number {
  if (evidence === 'none' || evidence === 'sent') return 0
  if (to !== undefined || copies === undefined) return 1
  // Each wire has counted its own copies, and one group may be on several.
  return Math.ceil(copies / Math.max(1, transports?.length ?? 1))
}

/**
 * What can end a message that was acknowledged, by what its wires promise. A server that loses its data takes with it what it
 * holds. A wire without one keeps a frame with its sender until a handler is done, and with its receiver while that has it: it
 * is gone where the sender dies, and the receiver has died, too, or had given it back for another try.
 */
function isExcused({ wipes, servers, processes }: History, publish: PublishRecord, tries: Tries): boolean {
  const { at, endedAt = at, instance, to, transports = [] } = publish
  // The wires of a broadcast do not take it at the same time.
  const takenFrom = to === undefined ? at : endedAt
  if (transports.some(wire => wipes.some(wipe => wipe.wire === wire && wipe.at >= takenFrom))) return true
  if (transports.every(wire => servers.includes(wire))) return false
  const ended = processes.filter(process => process.end !== undefined && (process.endedAt as number) >= endedAt)
  const senderDied = ended.some(process => process.instance === instance && isDeath(process))
  // The receiver may be the same process.
  const receiverEnded = ended.some(({ agent }) => to === undefined || to.split('/', 1)[0] === agent)
  return senderDied && (receiverEnded || tries.some(({ outcome }) => outcome === 'failed'))
}

/**
 * Nothing that was acknowledged is lost: each message that was published at least once, and whose publish resolved, has been
 * handled by as many groups as its receipt says, or was given up with a reason.
 */
export const nothingLost: Invariant = history => {
  const handlers = new Map<number, Set<string>>()
  const tries = Map.groupBy(history.handlings, ({ publish }) => publish)
  const ids = new Map<string, number>()
  const end = (publish: number, group: string) => {
    const known = handlers.get(publish)
    if (known) known.add(group)
    else handlers.set(publish, new Set([group]))
  }
  for (const { id, publish, outcome, handler } of history.handlings) {
    ids.set(id, publish)
    if (outcome === 'done') end(publish, handler)
  }
  for (const { id, number } of history.publishes) if (id !== undefined) ids.set(id, number)
  for (const { id, agent } of history.rejections) end(ids.get(id) ?? 0, `rejected by ${agent}`)
  return history.publishes.flatMap((record): Violation[] => {
    if (record.outcome !== 'ok' || record.delivery !== 'at-least-once') return []
    const ended = handlers.get(record.number)?.size ?? 0
    const begun = tries.get(record.number) ?? []
    if (ended >= owed(record) || isExcused(history, record, begun)) return []
    const involved = begun.map(handlingLine)
    const dead = history.processes.filter(process => isDeath(process) && (process.endedAt as number) >= record.at)
    const what = `Publish #${record.number} was acknowledged (${record.evidence}) for ${owed(record)} groups, and ${ended} have handled it`
    return [{ rule: 'nothing-lost', what, lines: [publishLine(record), ...involved, ...dead.map(processLine)] }]
  })
}
