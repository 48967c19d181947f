import { type Context, ServiceBroker } from 'moleculer'
import type { OpenOneWay } from '../one-way.ts'
import type { Sample } from '../payload.ts'
import type { OpenRoundTrip } from '../round-trip.ts'

/** Moleculer with nothing switched on that costs time and is not asked for. */
function createBroker(): ServiceBroker {
  return new ServiceBroker({
    nodeID: 'bench',
    transporter: null,
    logger: false,
    metrics: false,
    tracing: false,
    cacher: false,
    validator: false,
  })
}

/** Events within one broker. Services of different groups each get a copy. */
export const moleculerOneWay: OpenOneWay = async (handle, subscribers) => {
  const broker = createBroker()
  for (let i = 0; i < subscribers; i++) {
    broker.createService({
      name: `subscriber-${i}`,
      events: { 'bench.sample': { group: `group-${i}`, handler: (ctx: Context<Sample>) => handle(ctx.params) } },
    })
  }
  await broker.start()
  return { publish: sample => broker.emit('bench.sample', sample), close: () => broker.stop() }
}

/** Actions within one broker. */
export const moleculerRoundTrip: OpenRoundTrip = async () => {
  const broker = createBroker()
  broker.createService({
    name: 'echo',
    actions: { sample: ({ params: { seq, ts, body } }: Context<Sample>) => ({ seq, ts, body }) },
  })
  await broker.start()
  return { request: sample => broker.call<Sample, Sample>('echo.sample', sample), close: () => broker.stop() }
}
