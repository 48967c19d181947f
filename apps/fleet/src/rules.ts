import type { Alert, Metrics, Resource } from './messages.ts'

/** The input of rules: one message, and nothing that was kept from before, so that any instance may judge it. */
export interface Evidence {
  readonly resource: Resource
  /** Counts the digests of a probe from 1. */
  readonly number: number
  readonly mean: Metrics
  readonly peak: Metrics
}

interface Rule {
  readonly resource: Resource
  readonly severity: Alert['severity']
  readonly applies: (evidence: Evidence) => boolean
  readonly says: (evidence: Evidence) => string
}

/** A part as people write it: 0.314 is 31 %. */
export const percent = (part: number | undefined) => `${Math.round((part ?? 0) * 100)} %`

/** One figure that is too high on average. */
function tooHigh(resource: Resource, severity: Alert['severity'], name: string, limit: number, what: string): Rule {
  const isPart = limit <= 1
  return {
    resource,
    severity,
    applies: ({ mean }) => (mean[name] ?? 0) >= limit,
    says: ({ mean }) => `${what} ${isPart ? percent(mean[name]) : (mean[name] ?? 0).toFixed(1)}`,
  }
}

const rules: readonly Rule[] = [
  // The most severe first: of one resource, the first that applies speaks.
  tooHigh('cpu', 'critical', 'used', 0.95, 'processors are busy to'),
  tooHigh('cpu', 'warning', 'used', 0.8, 'processors are busy to'),
  tooHigh('cpu', 'warning', 'loadPerCore', 1.5, 'the queue for each processor is'),
  tooHigh('cpu', 'warning', 'waiting', 0.2, 'processors wait for disks, to'),
  {
    resource: 'cpu',
    severity: 'notice',
    applies: ({ peak }) => (peak.used ?? 0) >= 0.95,
    says: ({ mean }) => `for a moment all processors were busy; on average ${percent(mean.used)}`,
  },
  tooHigh('memory', 'critical', 'used', 0.95, 'memory is taken to'),
  tooHigh('memory', 'warning', 'used', 0.85, 'memory is taken to'),
  tooHigh('disk', 'critical', 'used', 0.95, 'the disk is full to'),
  tooHigh('disk', 'warning', 'used', 0.85, 'the disk is full to'),
  {
    resource: 'network',
    severity: 'warning',
    applies: ({ mean }) => (mean.faultsPerSecond ?? 0) > 1,
    says: ({ mean }) => `${mean.faultsPerSecond?.toFixed(0)} packets a second are damaged or thrown away`,
  },
]

/** Returns the alert for one digest; undefined when all is well. */
export function judge(evidence: Evidence): Pick<Alert, 'severity' | 'text'> | undefined {
  const rule = rules.find(({ resource, applies }) => resource === evidence.resource && applies(evidence))
  if (rule) return { severity: rule.severity, text: rule.says(evidence) }
  // So that whoever reads the archive sees since when somebody has been looking.
  if (evidence.number === 1) return { severity: 'notice', text: `${evidence.resource} is being watched` }
  return undefined
}

/** Returns the alert that cannot wait for a digest: a machine without memory stops soon after. */
export function judgeSample(resource: Resource, metrics: Metrics): Pick<Alert, 'severity' | 'text'> | undefined {
  if (resource !== 'memory' || (metrics.used ?? 0) < 0.98) return undefined
  return { severity: 'critical', text: `memory runs out: ${percent(metrics.used)} is taken` }
}
