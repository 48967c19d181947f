import { contextOf, freshNamespace } from './environment.ts'
import { limitsOf, type TransportHarness } from './harness.ts'
import { Patience } from './patience.ts'
import type { Subject } from './subject.ts'

/** Starts a transport once to learn what it can do. Throws what its start throws. */
export async function probe(harness: TransportHarness): Promise<Subject> {
  const limits = limitsOf(harness)
  const patience = new Patience(limits)
  const transport = await harness.open(contextOf('probe', freshNamespace()))
  try {
    await patience.within(`the transport ${harness.name} starts`, transport.start())
    return { capabilities: transport.capabilities, faults: harness.faults, deadLetters: harness.deadLetters, limits }
  } finally {
    await patience.within(`the transport ${harness.name} stops`, transport.stop())
  }
}
