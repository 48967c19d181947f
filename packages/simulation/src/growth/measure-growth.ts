import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Agent } from '@sm/core'
import { simulationError } from '../errors.ts'
import { presenceTimes } from '../invariants/directory-converges.ts'
import type { Count } from './counting-broker.ts'
import { GrowingFleet } from './growing-fleet.ts'

/** A fleet that is measured. */
export interface GrowthCase {
  readonly instances: number
  /** How many of them hear the others; the rest only speak. */
  readonly hearing: number
}

/** Words and bytes on the wire, of one agent. */
export interface Traffic {
  readonly sentWords: number
  readonly sentBytes: number
  readonly receivedWords: number
  readonly receivedBytes: number
}

/** What presence costs one agent of a fleet. Times are those of the run; those of the processor have that of the simulation in them. */
export interface GrowthResult extends GrowthCase {
  /** From the start of the first until all know each other. */
  readonly comingUp: Traffic & { readonly cpuMs: number; readonly allKnownMs: number }
  /** In a second in which nobody comes or goes. */
  readonly idle: Traffic & { readonly cpuMs: number }
  /** One more, who comes while the others rest. */
  readonly newcomer: { readonly receivedWords: number; readonly receivedBytes: number; readonly allKnownMs: number }
  /** With all that an agent needs besides. */
  readonly heapBytesPerKnown: number
}

/** How many come up in a second. */
export const startsPerSecond = 100
/** How often it is looked whether everyone is known, in milliseconds. */
const lookMs = 20
/** Most directories that are looked at each time: all are in the end. */
const maxLooked = 5

/** Has a fleet come up, rest, and be joined by one more. */
export async function measureGrowth({ instances, hearing }: GrowthCase, seed = 1): Promise<GrowthResult> {
  const fleet = new GrowingFleet(seed)
  const { loop, broker } = fleet
  const { minPeriodMs, periodPerInstanceMs } = presenceTimes
  const periodMs = Math.max(minPeriodMs, instances * periodPerInstanceMs)
  await loop.runUntil(0)
  const heapBefore = heapUsed()

  const stopUp = meter(fleet, { instances, hearing })
  const startedMs = start(fleet, { instances, hearing })
  await loop.runUntil(startedMs)
  const allKnownMs = startedMs + (await untilKnown(fleet, hearing, 2 * periodMs))
  const { cpuMs, ...up } = stopUp()
  const heapBytesPerKnown = Math.round((heapUsed() - heapBefore) / (hearing * (instances - 1)))

  // Those that have come up lately speak more often than they do from then on.
  await loop.runUntil(loop.elapsed() + periodMs)
  const stopIdle = meter(fleet, { instances, hearing })
  await loop.runUntil(loop.elapsed() + periodMs)
  const idle = perSecond(stopIdle(), periodMs)

  void fleet.start()
  const newcomerMs = await untilKnown(fleet, 1, 2 * periodMs)
  const newcomer = fleet.agents.at(-1) as Agent
  const { words: receivedWords, bytes: receivedBytes } = broker.received(newcomer.id, newcomer.instance)
  return {
    ...{ instances, hearing, heapBytesPerKnown },
    comingUp: { ...up, cpuMs: Math.round(cpuMs), allKnownMs },
    idle,
    newcomer: { receivedWords, receivedBytes, allKnownMs: newcomerMs },
  }
}

/** Has agents come up one after the other, those that hear evenly among them. Returns when all have, in milliseconds. */
function start(fleet: GrowingFleet, { instances, hearing }: GrowthCase): number {
  for (let number = 0; number < instances; number++) {
    const isHearing = Math.floor((number * hearing) / instances) !== Math.floor(((number - 1) * hearing) / instances)
    const begin = () => void (isHearing ? fleet.start() : fleet.startSpeaker())
    fleet.loop.schedule(begin, (number * 1_000) / startsPerSecond)
  }
  return Math.ceil((instances * 1_000) / startsPerSecond)
}

/** Has time pass until the last who came know everyone, and returns how much did. Throws `SM_SIMULATION_FAILED` where that takes too long. */
async function untilKnown(fleet: GrowingFleet, lastCount: number, mostMs: number): Promise<number> {
  const { loop } = fleet
  const startedAt = loop.elapsed()
  const knowsAll = ({ directory }: Agent) => directory.list().length === fleet.size
  const areAllKnown = () => {
    const agents = fleet.isStarting ? [] : fleet.agents.slice(-lastCount)
    const every = Math.ceil(agents.length / maxLooked)
    return agents.length > 0 && agents.filter((_, i) => i % every === 0).every(knowsAll) && agents.every(knowsAll)
  }
  while (!areAllKnown()) {
    const passedMs = loop.elapsed() - startedAt
    if (passedMs > mostMs) {
      const what = `Of ${fleet.size} instances not all were known after ${passedMs} ms: pnpm simulate --growth ${fleet.size}`
      throw simulationError('SM_SIMULATION_FAILED', what)
    }
    await loop.runUntil(loop.elapsed() + lookMs)
  }
  return loop.elapsed() - startedAt
}

/** Counts from now on; the result says how much there was for each agent. */
function meter({ broker }: GrowingFleet, { instances, hearing }: GrowthCase) {
  const [sent, received, cpu] = [broker.sent, broker.receivedByAll, process.cpuUsage()]
  const each = (now: Count, before: Count, agents: number) =>
    [(now.words - before.words) / agents, (now.bytes - before.bytes) / agents] as const
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const [sentWords, sentBytes] = each(broker.sent, sent, instances)
    const [receivedWords, receivedBytes] = each(broker.receivedByAll, received, hearing)
    return { sentWords, sentBytes, receivedWords, receivedBytes, cpuMs: (user + system) / 1_000 / hearing }
  }
}

function perSecond<T extends Readonly<Record<string, number>>>(counts: T, ms: number): T {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, (count * 1_000) / ms])) as T
}

const collect = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}
