import { testTransport } from '@sm/transport-conformance'
import { amqpHarness } from './harness.ts'

// Quorum queues settle, count and requeue in other ways than classic ones.
testTransport(amqpHarness('amqp with quorum queues', { queues: 'quorum' }))
