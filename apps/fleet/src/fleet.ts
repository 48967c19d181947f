import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StopReport } from '@sm/core'
import type { Launch } from './launch/launch.ts'
import { type Killed, watchShares } from './ledger/killed.ts'
import { Ledger, type MemberTally } from './ledger/ledger.ts'
import type { Report } from './ledger/ledger-entry.ts'
import { type Summary, toSummary } from './ledger/summary.ts'
import type { Member, Order } from './member.ts'
import { DigestMade, resources } from './messages.ts'
import type { RoleName } from './role.ts'
import type { Settings } from './settings.ts'

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
  /** Half-way, ends the process of a watch without warning. Where members share a process nobody is killed. */
  readonly kills?: boolean
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

/** The order of joining: those who listen before those who speak, so that nothing is said to nobody. */
export function toOrders(plan: FleetPlan): readonly Order[] {
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
    Array.from({ length: crew[role] }, (): Order => ({ ...order, role, agent: role, settings }))
  const probing = Array.from({ length: probes }, (_, i): Order => {
    // Few probes read several resources each; of many, several read the same one.
    const own = resources.filter((_, r) => r % probes === i % resources.length)
    return { ...order, role: 'probe', agent: `probe-${i + 1}`, settings: { ...settings, resources: own } }
  })
  return [...member('scribe'), ...member('desk'), ...member('watch'), ...probing, ...member('visitor')]
}

/** A member at work, and what it does. */
interface Post {
  readonly role: RoleName
  readonly member: Member
}

/** Runs a fleet, stops it, and says what became of every message. */
export async function runFleet(plan: FleetPlan, options: FleetOptions): Promise<Summary> {
  const { launch, signal, watched } = options
  const ledger = new Ledger()
  const archive = { file: plan.archive, fromByte: await sizeOf(plan.archive) }
  const report: Report = entry => ledger.record(entry)
  const posts: Post[] = []
  let begun = performance.now()
  let timer: NodeJS.Timeout | undefined
  const stops: StopReport[] = []
  let killing: (() => Killed) | undefined
  const rest = (ms: number) => sleep(ms, undefined, signal && { signal }).catch(() => undefined)
  try {
    await launchAll(toOrders(plan), posts, order => launch(order, report))
    const victim = plan.kills ? posts.findLast(({ role, member }) => role === 'watch' && member.kill) : undefined
    begun = performance.now()
    timer = watched && setInterval(() => watched.show(ledger, performance.now() - begun), watched.everyMs)
    await rest(plan.forMs / 2)
    if (victim && !signal?.aborted) killing = await kill(victim, posts, ledger, performance.now() - begun)
    await rest(Math.max(0, plan.forMs - (performance.now() - begun)))
  } finally {
    for (const leaver of leaving) {
      const group = posts.filter(({ role }) => role === leaver)
      stops.push(...(await Promise.all(group.map(({ member }) => member.stop()))))
    }
    clearInterval(timer)
  }
  return toSummary(ledger, { elapsedMs: performance.now() - begun, archive, stops, killed: killing?.() })
}

/** Listeners join one after the other, so that each finds those before it; then those who speak, all at once. */
async function launchAll(orders: readonly Order[], posts: Post[], launch: (order: Order) => Promise<Member>) {
  const join = async (order: Order) => void posts.push({ role: order.role, member: await launch(order) })
  const speaks = ({ role }: Order) => role === 'probe' || role === 'visitor'
  for (const order of orders) if (!speaks(order)) await join(order)
  const joined = await Promise.allSettled(orders.filter(speaks).map(join))
  for (const result of joined) if (result.status === 'rejected') throw result.reason
}

/** How long a death may take to be noticed, and how often it is looked for, in milliseconds. */
const mostNoticeMs = 10_000
const noticePollMs = 20

/** Kills a member in the middle of its work. What it returns tells, at the end, what became of its share. */
async function kill(victim: Post, posts: Post[], ledger: Ledger, atMs: number): Promise<() => Killed> {
  const { instance, pid } = victim.member
  const probe = posts.find(({ role }) => role === 'probe') as Post
  const explain = () => probe.member.explain(DigestMade.type)
  const before = await explain()
  const { agent } = ledger.members.get(instance) as MemberTally
  ledger.record({ kind: 'died', instance })
  const sharesSince = watchShares(ledger, agent)
  posts.splice(posts.indexOf(victim), 1)
  await victim.member.kill?.()
  const noticedBy = performance.now() + mostNoticeMs
  let after = await explain()
  while (after.includes(instance) && performance.now() < noticedBy) {
    await sleep(noticePollMs)
    after = await explain()
  }
  return () => ({ agent, instance, pid, atMs, shares: sharesSince(), plans: [before, after] })
}

/** Bytes of a file that may not be there yet. */
async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found?.size ?? 0
}
