import { fraction, type Random } from '@sm/core/transport'
import type { Fault, FaultKind } from './fault.ts'

/** What a plan is drawn from. */
export interface FaultSource {
  readonly random: Random
  readonly kinds: readonly FaultKind[]
  readonly count: number
  readonly fromMs: number
  readonly untilMs: number
  readonly maxMs: number
  /** The hosts of agents. */
  readonly hosts: readonly string[]
  /** The hosts of servers. */
  readonly servers: readonly string[]
}

/** Faults that a fresh one would meddle with: a process that is down cannot crash, and comes back when its fault ends. */
const ofOneHost: ReadonlySet<FaultKind> = new Set(['crash', 'power-loss', 'restart', 'clock-jump'])
const ofServer: ReadonlySet<FaultKind> = new Set(['broker-crash', 'broker-wipe'])

/** Some of a list, at least one and at most half. */
function someOf(random: Random, items: readonly string[]): readonly string[] {
  const wanted = 1 + Math.floor(fraction(random) * Math.max(1, Math.floor(items.length / 2)))
  const rest = [...items]
  return Array.from({ length: Math.min(wanted, items.length) }, () => {
    const at = Math.floor(fraction(random) * rest.length)
    return rest.splice(at, 1)[0] as string
  })
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(fraction(random) * items.length)] as T
}

/** A plan of faults: which, when, for how long and for whom. The same chance draws the same plan. */
export function drawFaults(source: FaultSource): readonly Fault[] {
  const { random, count, fromMs, untilMs, maxMs, hosts, servers } = source
  const kinds = source.kinds.filter(kind => {
    if (ofServer.has(kind)) return servers.length > 0
    return hosts.length > 0 || (!ofOneHost.has(kind) && servers.length > 0)
  })
  if (kinds.length === 0) return []
  const drawn = Array.from({ length: count }, (): Fault => {
    const kind = oneOf(random, kinds)
    const at = Math.floor(fromMs + fraction(random) * Math.max(0, untilMs - fromMs - 1))
    const lastsMs = Math.floor(50 + fraction(random) * maxMs)
    const struck = ofServer.has(kind)
      ? [oneOf(random, servers)]
      : ofOneHost.has(kind)
        ? [oneOf(random, hosts)]
        : someOf(random, [...hosts, ...servers])
    return { kind, at, endsAt: Math.min(untilMs, at + lastsMs), hosts: struck, severity: fraction(random) }
  })
  return drawn.sort((a, b) => a.at - b.at)
}
