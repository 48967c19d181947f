import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StopReport } from '@sm/core'
import { killMember, type Post } from './kill-member.ts'
import { killWires } from './kill-wires.ts'
import type { Launch } from './launch/launch.ts'
import type { Killed } from './ledger/killed.ts'
import { Ledger } from './ledger/ledger.ts'
import type { Report } from './ledger/ledger-entry.ts'
import { type Summary, toSummary } from './ledger/summary.ts'
import type { Member, Order } from './member.ts'
import { resources } from './messages.ts'
import { now } from './now.ts'
import type { RoleName } from './role.ts'
import type { Settings } from './settings.ts'
import { killAgain, killOnce } from './wires/schedule.ts'
import { wiresToKill } from './wires/wire-name.ts'

/** How large the fleet is, how long it works, and over which wires. */
export interface FleetPlan {
  readonly forMs: number
  /** How many probes there are. */
  readonly probes: number
  /** Names or URLs of transports. */
  readonly transports: readonly string[]
  /** The file that the archive is kept in. */
  readonly archive: string
  readonly sampleEveryMs?: number
  /**
   * After a quarter of the time ends the process of a watch without warning, and in the middle kills the wire in use, if there is
   * another. Where all members share a process nothing is killed.
   */
  readonly kills?: boolean
  /** Kills one wire after the other from then on, until the end, as this seed decides. */
  readonly chaosSeed?: number | undefined
}

export interface FleetOptions {
  readonly launch: Launch
  /** Ends the fleet's work before its time. */
  readonly signal?: AbortSignal
  /** Called again and again while the fleet works, once all have joined. */
  readonly watched?: { readonly everyMs: number; readonly show: (ledger: Ledger, elapsedMs: number) => void }
}

/** How many share the work of each role but the probes. */
const crew = { scribe: 1, desk: 1, watch: 2, visitor: 1 } as const

/** The order of leaving: those who begin conversations, then those who only answer. */
const leaving: readonly RoleName[] = ['visitor', 'probe', 'watch', 'desk', 'scribe']

/** An order before it is known where this run keeps its files. */
type Place = Omit<Order, 'folder'>

/** The order of joining: those who listen before those who speak, so that nothing is said to nobody. */
export function toOrders(plan: FleetPlan): readonly Place[] {
  const { probes, transports, archive, sampleEveryMs = 100 } = plan
  const settings: Settings = {
    resources: [],
    sampleEveryMs,
    samplesPerDigest: 5,
    askEveryMs: sampleEveryMs * 2.5,
    archive,
  }
  const order = { namespace: `fleet-${process.pid}`, transports }
  const member = (role: Exclude<RoleName, 'probe'>) =>
    Array.from({ length: crew[role] }, (): Place => ({ ...order, role, agent: role, settings }))
  const probing = Array.from({ length: probes }, (_, i): Place => {
    // Few probes read several resources each; of many, several read the same one.
    const own = resources.filter((_, r) => r % probes === i % resources.length)
    return { ...order, role: 'probe', agent: `probe-${i + 1}`, settings: { ...settings, resources: own } }
  })
  // Who asks shares the process of who answers: a wire of the machine is not needed between them.
  const visitors = member('visitor').map(place => ({ ...place, beside: 'desk' }))
  return [...member('scribe'), ...member('desk'), ...member('watch'), ...probing, ...visitors]
}

/** How many processes a fleet needs that does not live in one. */
export function processesOf(plan: FleetPlan): number {
  return toOrders(plan).filter(({ beside }) => beside === undefined).length
}

/** Runs a fleet, stops it, and says what became of every message. */
export async function runFleet(plan: FleetPlan, options: FleetOptions): Promise<Summary> {
  const { launch, signal = new AbortController().signal, watched } = options
  const ledger = new Ledger()
  const folder = await mkdtemp(join(tmpdir(), 'sm-fleet-run-'))
  const archive = { file: plan.archive, fromByte: await sizeOf(plan.archive) }
  const report: Report = entry => ledger.record(entry)
  const posts: Post[] = []
  let begun = performance.now()
  let timer: NodeJS.Timeout | undefined
  const stops: StopReport[] = []
  let killed: (() => Killed) | undefined
  try {
    await launchAll(toOrders(plan), posts, place => launch({ ...place, folder }, report))
    begun = performance.now()
    ledger.outages.begin(now())
    timer = watched && setInterval(() => watched.show(ledger, performance.now() - begun), watched.everyMs)
    killed = await work(plan, { posts, ledger, folder, begun, signal })
  } finally {
    ledger.outages.end(now())
    for (const leaver of leaving) {
      const group = posts.filter(({ role }) => role === leaver)
      stops.push(...(await Promise.all(group.map(({ member }) => member.stop()))))
    }
    clearInterval(timer)
    await rm(folder, { recursive: true, force: true })
  }
  const elapsedMs = performance.now() - begun
  return toSummary(ledger, { elapsedMs, archive, stops, killed: killed?.(), seed: plan.chaosSeed })
}

/** A fleet that has joined. */
interface Work {
  readonly posts: Post[]
  readonly ledger: Ledger
  readonly folder: string
  /** When it began, by `performance.now()`. */
  readonly begun: number
  readonly signal: AbortSignal
}

/** Lets the fleet work for its time, and kills what is to be killed. Resolves when the time is over and every wire is whole. */
async function work(
  { forMs, kills, transports, chaosSeed }: FleetPlan,
  { posts, ledger, folder, begun, signal }: Work,
): Promise<(() => Killed) | undefined> {
  const over = AbortSignal.any([AbortSignal.timeout(Math.ceil(forMs)), signal])
  const rest = (ms: number) => sleep(Math.max(0, ms), undefined, { signal: over }).catch(() => undefined)
  const elapsed = () => performance.now() - begun
  const victim = kills ? posts.findLast(({ role, member }) => role === 'watch' && member.kill) : undefined
  if (!victim) {
    await rest(forMs)
    return undefined
  }
  await rest(forMs / 4)
  const killed = over.aborted ? undefined : await killMember(victim, posts, ledger, elapsed())
  const wires = wiresToKill(transports)
  const members = posts.map(({ member }) => member)
  await killWires(chaosSeed === undefined ? killOnce(wires, forMs, elapsed()) : killAgain(wires, chaosSeed), {
    ...{ members, wires, folder, over, signal },
    report: entry => ledger.record(entry),
  })
  await rest(forMs - elapsed())
  return killed
}

/** Listeners join one after the other, so that each finds those before it; then those who speak, all at once. */
async function launchAll(orders: readonly Place[], posts: Post[], launch: (place: Place) => Promise<Member>) {
  const join = async (order: Place) => void posts.push({ role: order.role, member: await launch(order) })
  const speaks = ({ role }: Place) => role === 'probe' || role === 'visitor'
  for (const order of orders) if (!speaks(order)) await join(order)
  const joined = await Promise.allSettled(orders.filter(speaks).map(join))
  for (const result of joined) if (result.status === 'rejected') throw result.reason
}

/** Bytes of a file that may not be there yet. */
async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found?.size ?? 0
}
