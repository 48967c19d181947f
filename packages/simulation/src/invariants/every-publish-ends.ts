import { publishLine } from '../history/lines.ts'
import type { Invariant } from './violation.ts'

/** Every publish ends as done, failed or unknown, unless its process ends first. None hangs. */
export const everyPublishEnds: Invariant = ({ publishes, processes }) => {
  const gone = new Set(processes.filter(({ end }) => end !== undefined).map(({ instance }) => instance))
  return publishes
    .filter(({ outcome, instance }) => outcome === undefined && !gone.has(instance))
    .map(record => ({
      rule: 'every-publish-ends',
      what: `Publish #${record.number} has not ended`,
      lines: [publishLine(record)],
    }))
}
