import { cases, runSuite } from '@sm/transport-conformance/suite'
import { expect, it } from 'vitest'
import { brokerAbsence } from '../../../tooling/brokers/index.ts'
import { amqpHarness } from './harness.ts'

const absence = brokerAbsence('amqp')
/** The cases in which the kind of a queue makes a difference. */
const concerned = cases.filter(({ id }) => /^(CAP-03|ACK|ORD|FLOW|FLT|SHUT)/.test(id))

// Quorum queues settle, count and requeue in other ways than classic ones.
it.skipIf(absence !== undefined)(
  absence === undefined ? 'quorum queues keep the rules of the contract' : `not run: ${absence}`,
  { timeout: 300_000 },
  async () => {
    const harness = amqpHarness('amqp with quorum queues', { queues: 'quorum' })
    const { rules } = await runSuite(harness, { codecs: ['json'], atOnce: 8, cases: concerned })
    expect(rules.filter(({ result }) => result === 'fail' || result === 'not run')).toEqual([])
    expect(rules).toHaveLength(concerned.length)
  },
)
