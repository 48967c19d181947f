import type { MessageContext } from '@sm/core'
import { type Alert, AlertRaised, DigestMade, SampleTaken } from '../messages.ts'
import { now } from '../now.ts'
import type { Role } from '../role.ts'
import { judge, judgeSample } from '../rules.ts'

/** Judges what probes publish by the rules, and raises alerts. Instances share the work: each digest is judged once. */
export const watch: Role = async ({ handle }) => {
  type Finding = Pick<Alert, 'severity' | 'text'> | undefined
  const raise = async (
    context: MessageContext,
    { host, resource }: Pick<Alert, 'host' | 'resource'>,
    found: Finding,
  ) => {
    if (found) await context.publish(AlertRaised, { at: now(), host, resource, ...found })
  }
  await handle(DigestMade, (digest, context) => raise(context, digest, judge(digest)))
  await handle(SampleTaken, (sample, context) => raise(context, sample, judgeSample(sample.resource, sample.metrics)))
  return undefined
}
