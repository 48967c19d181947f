import { codecNamed } from '@sm/core/transport'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { cases } from './cases/index.ts'
import { checkDeviations } from './deviations.ts'
import { limitsOf, setUp, type TransportHarness } from './harness.ts'
import { probe } from './probe.ts'
import { runCase } from './run-case.ts'
import { suiteCodecs } from './run-suite.ts'
import type { Subject } from './subject.ts'

/** Options of {@link testTransport}. */
export interface TestTransportOptions {
  /** Codecs to run the suite with. Default: JSON, and again with MessagePack. */
  readonly codecs?: readonly string[]
}

/**
 * Runs the conformance suite on a transport, as vitest tests: one per rule of the contract, named by it, for each codec.
 * A rule that says nothing about the transport shows its *else* case; what can not be run is skipped with the reason.
 *
 * @example
 * import { testTransport } from '@sm/transport-conformance'
 * import { harness } from './harness.ts'
 *
 * testTransport(harness)
 */
export function testTransport(
  harness: TransportHarness<unknown>,
  { codecs = suiteCodecs }: TestTransportOptions = {},
): void {
  checkDeviations(harness)
  const { deadlineMs, caseTimeoutMs } = limitsOf(harness)
  // The suite gives up by itself and says on what; the runner is there for what goes wrong beyond that.
  const timeout = caseTimeoutMs + 3 * deadlineMs
  describe(`transport ${harness.name}`, () => {
    let subject: Subject
    let ready: TransportHarness
    beforeAll(async () => {
      ready = await setUp(harness)
      subject = await probe(ready)
    }, timeout)
    afterAll(() => harness.tearDown?.(), timeout)
    describe.each(codecs)('with %s', name => {
      for (const rule of cases) {
        it(`${rule.id} ${rule.title}`, { timeout }, async ({ annotate, skip }) => {
          const { result, reason, error } = await runCase(rule, { harness: ready, subject, codec: codecNamed(name) })
          if (result === 'fail') throw error
          if (result === 'not run') skip(`not run: ${reason}`)
          if (result === 'else') await annotate(`else: ${reason}`)
        })
      }
    })
  })
}
