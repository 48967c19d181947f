import { BrokeredTransport } from '@sm/brokered'
import type { Transport } from '@sm/core/transport'
import type { TransportHarness } from '@sm/transport-conformance'
import { type AmqpBroker, brokerAbsence, startBroker } from '../../../tooling/brokers/index.ts'
import { AmqpDriver } from '../src/amqp-driver.ts'
import { capabilities } from '../src/capabilities.ts'
import { type AmqpTransportOptions, toAmqpSettings } from '../src/options.ts'
import { readDeadLetters } from './dead-letters.ts'
import { TcpProxy } from './tcp-proxy.ts'

/**
 * Quick to return, so that the suite need not wait; little room, so that a publish soon has to. A busy machine that stands still for
 * a moment is not taken for a line that is dead.
 */
const quick = {
  maxQueued: 500,
  graceMs: 5_000,
  heartbeatMs: 2_000,
  deadAfterMs: 6_000,
  reconnect: { initialMs: 10, maxMs: 100 },
} satisfies AmqpTransportOptions

/** The AMQP transport as the conformance suite takes it: a real server, and a proxy before it that can be cut. */
export function amqpHarness(name: string, options: AmqpTransportOptions = {}): TransportHarness<number> {
  let broker: AmqpBroker | undefined
  let proxy: TcpProxy | undefined
  const lines = new WeakMap<Transport, TcpProxy>()
  return {
    name,
    deadlineMs: 20_000,
    async setUp() {
      const absence = brokerAbsence('amqp')
      if (absence !== undefined) throw new Error(absence)
      broker = await startBroker('amqp')
      proxy = await TcpProxy.open(broker.port)
      return proxy.port
    },
    async tearDown() {
      await proxy?.close()
      await broker?.stop()
    },
    async open(context, port) {
      // A line of its own, so that it can be killed alone.
      const line = await TcpProxy.open(port)
      const settings = { ...quick, ...options, url: `amqp://guest:guest@127.0.0.1:${line.port}` }
      const driver = () => new AmqpDriver(toAmqpSettings(settings), context)
      const transport = new BrokeredTransport({ name: 'amqp', capabilities, driver }, settings, context)
      lines.set(transport, line)
      transport.on('state', ({ state }) => void (state === 'stopped' && line.close()))
      return transport
    },
    async kill(transport) {
      lines.get(transport)?.cut()
      await transport.stop({ drain: false })
    },
    deadLetters: { list: namespace => readDeadLetters(broker?.url ?? '', namespace), most: quick.maxQueued },
    deviations: {
      'FLT-07': 'RabbitMQ knows no ids: what is published again is there twice, and each process drops the second',
    },
    faults: {
      cut: () => proxy?.cut(),
      restore: () => proxy?.mend(),
      freeze: () => broker?.freeze(),
      thaw: () => broker?.thaw(),
    },
  }
}

export const harness = amqpHarness('amqp')
