import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from './ledger/ledger-entry.ts'
import type { Member } from './member.ts'
import { now } from './now.ts'
import { blockPipes, unblockPipes } from './wires/pipes-directory.ts'
import type { WireKill } from './wires/schedule.ts'
import type { WireName } from './wires/wire-name.ts'

/** The members whose wires are killed. */
export interface WireKillsOptions {
  readonly members: readonly Member[]
  /** The wires that may be killed. */
  readonly wires: readonly WireName[]
  /** The directory of the run. */
  readonly folder: string
  readonly report: Report
  /** Aborts when the time of the run is over: then only the first wire is still killed, if none has been. */
  readonly over: AbortSignal
  /** Aborts when the run is given up. A wire that is gone by then is mended. */
  readonly signal: AbortSignal
}

/** How often it is looked whether the wires are whole, and how long, in milliseconds. */
const lookEveryMs = 50
const mostLookMs = 10_000

/**
 * Kills one wire after the other as they are planned, each in all processes at once, and none before all wires are whole: who is
 * reached by no wire at all is no subscriber, and what is said to all goes past it. Resolves when nothing is killed any more.
 */
export async function killWires(kills: Iterable<WireKill>, options: WireKillsOptions): Promise<void> {
  let until = options.signal
  for (const { wire, afterMs, goneMs } of kills) {
    await rest(afterMs, until)
    if (!(await areWholeSoon(options, until)) || until.aborted) return
    await kill(wire, options)
    await rest(goneMs, until)
    await mend(wire, options)
    until = options.over
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  // To be woken is how it ends.
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}

/** Whether within a while every member has a link to each of the others over each wire. */
async function areWholeSoon({ members, wires }: WireKillsOptions, signal: AbortSignal): Promise<boolean> {
  const isLinked = async () => {
    const linked = await Promise.all(members.flatMap(member => wires.map(wire => member.linked(wire))))
    return linked.every(count => count === members.length - 1)
  }
  const until = performance.now() + mostLookMs
  while (!signal.aborted && performance.now() < until) {
    if (await isLinked()) return true
    await rest(lookEveryMs, signal)
  }
  return false
}

async function kill(wire: WireName, { members, folder, report }: WireKillsOptions): Promise<void> {
  report({ kind: 'wire-killed', wire, at: now() })
  if (wire === 'named-pipes') blockPipes(folder)
  await Promise.all(members.map(member => member.killWire?.(wire)))
}

async function mend(wire: WireName, { members, folder, report }: WireKillsOptions): Promise<void> {
  if (wire === 'named-pipes') unblockPipes(folder)
  await Promise.all(members.map(member => member.mendWire?.(wire)))
  report({ kind: 'wire-mended', wire, at: now() })
}
