import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StopReport } from '@sm/core'
import type { Launch } from './launch/launch.ts'
import type { Report } from './ledger/entry.ts'
import { Ledger } from './ledger/ledger.ts'
import { type Summary, toSummary } from './ledger/summary.ts'
import type { Member, Order } from './member.ts'
import { resources } from './messages.ts'
import type { RoleName } from './roles/index.ts'
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
}

export interface FleetOptions {
  readonly launch: Launch
  /** Ends the fleet's work before its time. */
  readonly signal?: AbortSignal
  /** Called again and again while the fleet works. */
  readonly watched?: { readonly everyMs: number; readonly show: (ledger: Ledger, elapsedMs: number) => void }
}

/** How many share the work of each role but the probes. */
const crew = { scribe: 1, desk: 1, watch: 2, visitor: 1 } as const

/** Who leaves first: those who begin conversations, then those who only answer. */
const leaving: readonly RoleName[] = ['visitor', 'probe', 'watch', 'desk', 'scribe']

/** Who joins, in order: those who listen before those who speak, so that nothing is said to nobody. */
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

/** Runs a fleet, stops it, and says what became of every message. */
export async function runFleet(plan: FleetPlan, options: FleetOptions): Promise<Summary> {
  const { launch, signal, watched } = options
  const ledger = new Ledger()
  const archive = { file: plan.archive, fromByte: await sizeOf(plan.archive) }
  const report: Report = entry => ledger.record(entry)
  const members: { readonly role: RoleName; readonly member: Member }[] = []
  const start = performance.now()
  const timer = watched && setInterval(() => watched.show(ledger, performance.now() - start), watched.everyMs)
  const stops: StopReport[] = []
  try {
    for (const order of toOrders(plan)) members.push({ role: order.role, member: await launch(order, report) })
    await sleep(plan.forMs, undefined, signal && { signal }).catch(() => undefined)
  } finally {
    for (const leaver of leaving) {
      const group = members.filter(({ role }) => role === leaver)
      stops.push(...(await Promise.all(group.map(({ member }) => member.stop()))))
    }
    clearInterval(timer)
  }
  return toSummary(ledger, { elapsedMs: performance.now() - start, archive, stops })
}

/** Bytes of a file that may not be there yet. */
async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found?.size ?? 0
}
