import { cases } from './cases/index.ts'
import type { Subject } from './conformance-case.ts'
import { contextOf, freshNamespace } from './environment.ts'
import { limitsOf, type TransportHarness } from './harness.ts'
import { Patience } from './patience.ts'

/** Deviations stand for rules: throws a TypeError when one names none, or gives no reason. */
function requireDeviations({ name, deviations = {} }: TransportHarness): void {
  for (const [id, reason] of Object.entries(deviations)) {
    if (!cases.some(rule => rule.id === id))
      throw new TypeError(`The harness of ${name} deviates from ${id}: no such rule`)
    if (!reason.trim()) throw new TypeError(`The harness of ${name} deviates from ${id} without a reason`)
  }
}

/** Starts a transport once to learn what it can do. Throws what its start throws. */
export async function probe(harness: TransportHarness): Promise<Subject> {
  requireDeviations(harness)
  const limits = limitsOf(harness)
  const patience = new Patience(limits)
  const transport = await harness.open(contextOf('probe', freshNamespace()))
  try {
    await patience.within(`the transport ${harness.name} starts`, transport.start())
    return { capabilities: transport.capabilities, faults: harness.faults, limits }
  } finally {
    await patience.within(`the transport ${harness.name} stops`, transport.stop())
  }
}
