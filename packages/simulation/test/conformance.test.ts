import { createSeededRandom, systemClock } from '@sm/core/transport'
import { type TransportHarness, testTransport } from '@sm/transport-conformance'
import { type BrokerWireOptions, brokerWire } from '../src/broker/broker-wire.ts'
import { meshWire } from '../src/mesh/mesh-wire.ts'
import { Endpoint } from '../src/network/endpoint.ts'
import { Network, type Undo } from '../src/network/network.ts'
import type { Wire } from '../src/wire.ts'

/** Quick to notice and to return, so that the suite need not wait. */
const times = { heartbeatMs: 100, deadAfterMs: 500, graceMs: 5_000, reconnect: { initialMs: 10, maxMs: 100 } }
const broker: BrokerWireOptions = {
  ...{ visibilityMs: 5_000, answerMs: 500 },
  broker: { ...times, maxQueued: 64, connectTimeoutMs: 500 },
}

/** A wire as the conformance suite takes it, in real time. */
function harnessOf(name: string, wire: Wire, more: Partial<TransportHarness>): TransportHarness {
  const network = new Network({ clock: systemClock, random: createSeededRandom(1), delayMs: { minMs: 0, maxMs: 1 } })
  const random = createSeededRandom(2)
  const open = wire.open({ name, clock: systemClock, random, network, wiped: () => undefined })
  const hosts = new Set<string>()
  let undo: Undo = () => undefined
  const block = () => {
    undo = network.block(() => true)
  }
  return {
    ...{ name, ...more },
    open(context) {
      const endpoint = new Endpoint(context.instance)
      hosts.add(endpoint.host)
      return open.choice({ endpoint, site: 0 }).definition.create({}, context)
    },
    faults: {
      cut() {
        if (open.server) open.server.crash()
        else {
          block()
          network.cut(hosts)
        }
      },
      restore() {
        if (open.server) open.server.restart({ fresh: false })
        else undo()
      },
      freeze: block,
      thaw: () => undo(),
    },
  }
}

const bus = harnessOf('simulated-bus', brokerWire(broker), {
  deviations: { 'PEER-02': 'What is sent at most once goes beside the connection, and the broker does not answer it' },
})
const mesh = harnessOf('simulated-mesh', meshWire({ mesh: { ...times, windowBytes: 16_384 } }), {
  deadLetters: { most: 1_000 },
})
testTransport(bus, { codecs: ['json'] })
testTransport(mesh, { codecs: ['json'] })
