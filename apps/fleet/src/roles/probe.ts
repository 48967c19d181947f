import { hostname } from 'node:os'
import { createReader } from '../machine/readers.ts'
import { DigestMade, type Metrics, type Resource, SampleTaken } from '../messages.ts'
import { now } from '../now.ts'
import type { Role } from '../role.ts'

/** Reads its resources again and again, publishes each reading, and now and then a digest of the latest ones. */
export const probe: Role = async ({ agent, settings, every }) => {
  const { resources, sampleEveryMs, samplesPerDigest } = settings
  const host = hostname()

  const watchOver = (resource: Resource) => {
    const read = createReader[resource]()
    let latest: Metrics[] = []
    let digests = 0
    return async () => {
      const metrics = await read()
      latest.push(metrics)
      await agent.publish(SampleTaken, { at: now(), host, resource, metrics })
      if (latest.length < samplesPerDigest) return
      const digested = latest
      latest = []
      digests += 1
      const digest = { host, resource, number: digests, samples: digested.length, ...digestOf(digested) }
      await agent.publish(DigestMade, { at: now(), ...digest })
    }
  }

  for (const resource of resources) every(sampleEveryMs, watchOver(resource))
  return undefined
}

/** The mean and the peak of each figure. */
export function digestOf(samples: readonly Metrics[]): { readonly mean: Metrics; readonly peak: Metrics } {
  const mean: Record<string, number> = {}
  const peak: Record<string, number> = {}
  for (const name of Object.keys(samples[0] ?? {})) {
    const values = samples.map(sample => sample[name] ?? 0)
    mean[name] = values.reduce((sum, value) => sum + value, 0) / values.length
    peak[name] = Math.max(...values)
  }
  return { mean, peak }
}
