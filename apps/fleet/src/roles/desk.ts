import { hostname } from 'node:os'
import {
  type Alert,
  AlertRaised,
  HowIsThisHost,
  type Metrics,
  type Resource,
  SampleTaken,
  WhatHappened,
} from '../messages.ts'
import type { Role } from '../role.ts'
import { percent } from '../rules.ts'

/** Alerts that the desk remembers. */
const maxAlerts = 100
/** How long an alert counts as news, in milliseconds. */
const newsMs = 5_000

/** Knows the latest of every resource and answers who asks. */
export const desk: Role = async ({ handle }) => {
  const resources: Partial<Record<Resource, Metrics>> = {}
  const alerts: Alert[] = []
  let total = 0

  const verdict = (since: number): 'unknown' | 'calm' | 'busy' | 'in trouble' => {
    if (Object.keys(resources).length === 0) return 'unknown'
    const severities = alerts.filter(({ at }) => at >= since).map(({ severity }) => severity)
    return severities.includes('critical') ? 'in trouble' : severities.includes('warning') ? 'busy' : 'calm'
  }

  await handle(SampleTaken, ({ resource, metrics }) => {
    resources[resource] = metrics
  })
  await handle(AlertRaised, alert => {
    total += 1
    alerts.push(alert)
    if (alerts.length > maxAlerts) alerts.shift()
  })
  await handle(HowIsThisHost, ({ at }) => {
    const is = verdict(at - newsMs)
    return { host: hostname(), verdict: is, resources: { ...resources }, text: `${is}: ${describe(resources)}` }
  })
  await handle(WhatHappened, ({ most }) => ({ total, latest: alerts.slice(-most) }))
  return undefined
}

/** The resources in a line. */
function describe({ cpu, memory, disk, network }: Readonly<Partial<Record<Resource, Metrics>>>): string {
  const parts: string[] = []
  if (cpu) parts.push(`cpu ${percent(cpu.used)}, load ${cpu.load?.toFixed(2)}`)
  if (memory) parts.push(`memory ${percent(memory.used)}`)
  if (disk) parts.push(`disk ${percent(disk.used)}`)
  if (network?.receivedPerSecond !== undefined) {
    const [received, sent] = [network.receivedPerSecond, network.sentPerSecond ?? 0].map(rate =>
      (rate / 1_024).toFixed(0),
    )
    parts.push(`network ${received} KiB/s in, ${sent} KiB/s out`)
  }
  return parts.join('; ') || 'nothing is known yet'
}
