import { type Context, ServiceBroker } from 'moleculer'
import type { Sample } from '../payload.ts'
import type { Pair, Place } from '../two-processes/pair.ts'

const nodeOf = (number: number) => `bench-${number}`

/** A node with nothing switched on that costs time and is not asked for. Number 0 is the near one. */
function createBroker({ ports }: Place, number: number): ServiceBroker {
  return new ServiceBroker({
    nodeID: nodeOf(number),
    transporter: {
      type: 'TCP',
      options: {
        udpDiscovery: false,
        urls: ports.map((port, other) => `127.0.0.1:${port}/${nodeOf(other)}`).join(','),
        // The default cuts off a message of 1 MiB.
        maxPacketSize: 4 * 1_048_576,
      },
    },
    logger: false,
    metrics: false,
    tracing: false,
    cacher: false,
    validator: false,
  })
}

const serviceOf = (index: number) => `subscriber-${index}`

/** Over its TCP transporter with a static list of nodes. */
export const moleculer: Pair = {
  async receive(place, index, handle) {
    const broker = createBroker(place, index + 1)
    broker.createService({
      name: serviceOf(index),
      events: { 'bench.sample': { group: `group-${index}`, handler: (ctx: Context<Sample>) => handle(ctx.params) } },
    })
    await broker.start()
    return { close: () => broker.stop() }
  },
  async send(place) {
    const broker = createBroker(place, 0)
    await broker.start()
    await broker.waitForServices(
      Array.from({ length: place.far }, (_, index) => serviceOf(index)),
      30_000,
      5,
    )
    return { publish: sample => broker.emit('bench.sample', sample), close: () => broker.stop() }
  },
  async answer(place) {
    const broker = createBroker(place, 1)
    broker.createService({
      name: 'echo',
      actions: { sample: ({ params: { seq, ts, body } }: Context<Sample>) => ({ seq, ts, body }) },
    })
    await broker.start()
    return { close: () => broker.stop() }
  },
  async ask(place) {
    const broker = createBroker(place, 0)
    await broker.start()
    await broker.waitForServices('echo', 30_000, 5)
    return { request: sample => broker.call<Sample, Sample>('echo.sample', sample), close: () => broker.stop() }
  },
}
