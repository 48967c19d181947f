import { basename } from 'node:path'
import { type BrokerOptions, type Context, ServiceBroker } from 'moleculer'
import type { BrokerName } from '../../../../tooling/brokers/index.ts'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'

const nodeOf = (number: number) => `bench-${number}`

const optionsOfUrl = (url: string) => {
  const { hostname: host, port } = new URL(url)
  return { host, port: Number(port) }
}

type Wire = BrokerName | 'tcp'

/** Between its own ends with a static list of nodes, or over a broker. */
function transporterOf(
  wire: Wire,
  ports: Place['ports'],
): { readonly type: string; readonly options: Record<string, unknown> } {
  if (wire === 'tcp') {
    return {
      type: 'TCP',
      options: {
        udpDiscovery: false,
        urls: ports.map((port, other) => `127.0.0.1:${port}/${nodeOf(other)}`).join(','),
        // The default cuts off a message of 1 MiB.
        maxPacketSize: 4 * 1_048_576,
      },
    }
  }
  const url = brokerUrl(wire)
  switch (wire) {
    case 'redis':
      return { type: 'Redis', options: optionsOfUrl(url) }
    case 'nats':
      return { type: 'NATS', options: { url } }
    case 'amqp':
      return { type: 'AMQP', options: { url, prefetch: 1_000, socketOptions: { noDelay: true } } }
  }
}

/** A node with nothing switched on that costs time and is not asked for. Number 0 is the near one. */
function createBroker(wire: Wire, { directory, ports }: Place, number: number): ServiceBroker {
  return new ServiceBroker({
    namespace: basename(directory),
    nodeID: nodeOf(number),
    transporter: transporterOf(wire, ports) as NonNullable<BrokerOptions['transporter']>,
    logger: false,
    metrics: false,
    tracing: false,
    cacher: false,
    validator: false,
  })
}

const serviceOf = (index: number) => `subscriber-${index}`

/** Moleculer over one of its transporters. */
export const moleculer = (wire: Wire): Pair => ({
  async receive(place, index, handle) {
    const broker = createBroker(wire, place, index + 1)
    broker.createService({
      name: serviceOf(index),
      events: { 'bench.sample': { group: `group-${index}`, handler: (ctx: Context<Sample>) => handle(ctx.params) } },
    })
    await broker.start()
    return { close: () => broker.stop() }
  },
  async send(place) {
    const broker = createBroker(wire, place, 0)
    await broker.start()
    await broker.waitForServices(
      Array.from({ length: place.far }, (_, index) => serviceOf(index)),
      30_000,
      5,
    )
    return { publish: sample => broker.emit('bench.sample', sample), close: () => broker.stop() }
  },
  async answer(place) {
    const broker = createBroker(wire, place, 1)
    broker.createService({
      name: 'echo',
      actions: { sample: ({ params: { seq, ts, body } }: Context<Sample>) => ({ seq, ts, body }) },
    })
    await broker.start()
    return { close: () => broker.stop() }
  },
  async ask(place) {
    const broker = createBroker(wire, place, 0)
    await broker.start()
    await broker.waitForServices('echo', 30_000, 5)
    return { request: sample => broker.call<Sample, Sample>('echo.sample', sample), close: () => broker.stop() }
  },
})
