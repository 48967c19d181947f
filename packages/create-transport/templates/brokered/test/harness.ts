import { BrokeredTransport } from '@sm/brokered'
import type { TransportHarness } from '@sm/transport-conformance'
import { capabilities } from '../src/capabilities.ts'
import { LoopbackBroker } from '../src/loopback/loopback-broker.ts'
import { TemplateBrokeredDriver } from '../src/template-brokered-driver.ts'

// TODO with your broker: a server that the tests start, kill and start again, on ports and directories of their own.
const broker = new LoopbackBroker()

/** Quick to notice and to return, so that the suite need not wait; little room, so that a publish soon has to. */
const options = {
  maxQueued: 64,
  heartbeatMs: 100,
  deadAfterMs: 500,
  connectTimeoutMs: 500,
  graceMs: 5_000,
  reconnect: { initialMs: 10, maxMs: 100 },
}

/** The template-brokered transport as the conformance suite takes it. */
export const harness: TransportHarness = {
  name: 'template-brokered',
  open: context =>
    new BrokeredTransport(
      {
        name: 'template-brokered',
        capabilities,
        driver: settings => new TemplateBrokeredDriver(broker, settings, context),
      },
      options,
      context,
    ),
  faults: {
    cut: () => broker.cut(),
    restore: () => broker.restore(),
    freeze: () => broker.freeze(),
    thaw: () => broker.thaw(),
  },
}
