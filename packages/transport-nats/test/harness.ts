import type { Transport } from '@sm/core/transport'
import type { TransportHarness } from '@sm/transport-conformance'
import { type Broker, brokerAbsence, startBroker } from '../../../tooling/brokers/index.ts'
import { nats } from '../src/index.ts'
import { readDeadLetters } from './dead-letters.ts'
import { Wire } from './wire.ts'

/**
 * Quick to notice and to return, so that the suite need not wait, yet patient with processes that share few cores; little
 * room, so that a publish soon has to.
 */
const options = {
  heartbeatMs: 200,
  deadAfterMs: 3_000,
  graceMs: 5_000,
  maxQueued: 200,
  reconnect: { initialMs: 10, maxMs: 100 },
}

const wires = new Map<Transport, Wire>()
let broker: Broker | undefined

function requireBroker(): Broker {
  if (!broker) throw new Error('The harness has not been set up')
  return broker
}

/** The NATS transport as the conformance suite takes it: a real server that is killed and stopped in the middle. */
export const harness: TransportHarness<number> = {
  name: 'nats',
  async setUp() {
    const absence = brokerAbsence('nats')
    if (absence) throw new Error(absence)
    broker = await startBroker('nats')
    return broker.port
  },
  async tearDown() {
    for (const wire of wires.values()) wire.close()
    wires.clear()
    await broker?.stop()
    broker = undefined
  },
  async open(context, port) {
    const wire = await Wire.to(port)
    const transport = nats.definition.create({ ...options, url: wire.url }, context)
    wires.set(transport, wire)
    return transport
  },
  // Its connection ends, and it has no way to another one.
  kill: transport => wires.get(transport)?.close(),
  deviations: {
    'FLT-07': 'a server that is killed forgets the ids of what was handled before, and how often it was delivered',
  },
  // A server before 2.10.18 does, when it finds only requests of dead connections while it redelivers (see `deliveries.ts`).
  repeatsRedelivered: true,
  deadLetters: { list: namespace => readDeadLetters(requireBroker().port, namespace), most: options.maxQueued },
  faults: {
    cut: () => requireBroker().kill(),
    restore: () => requireBroker().restart(),
    freeze: () => requireBroker().freeze(),
    thaw: () => requireBroker().thaw(),
  },
}
