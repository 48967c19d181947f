import { type Broker, type BrokerName, brokerAbsence, startBroker } from '../../../tooling/brokers/index.ts'
import type { Prepared } from './target.ts'

/** Brokers that run already, or that the process has started which started this one. */
const given = {
  redis: () => process.env.SM_BENCH_REDIS,
  nats: () => process.env.SM_BENCH_NATS,
  amqp: () => process.env.SM_BENCH_AMQP,
} as const

/** Where the broker of this benchmark is. */
export function brokerUrl(name: BrokerName): string {
  const url = given[name]()
  if (url === undefined) throw new Error(`Nobody has started ${name} for this process`)
  return url
}

function start(name: BrokerName): Promise<Broker> {
  switch (name) {
    case 'redis':
      // A Redis as users run it: on disk within a second. By default it cuts off a subscriber that lags: its messages would be
      // lost, and the run would never end.
      return startBroker('redis', {
        persistent: false,
        config: ['appendonly yes', 'appendfsync everysec', 'client-output-buffer-limit pubsub 0 0 0'],
      })
    case 'nats':
      // The same for NATS: nobody is cut off for being slow.
      return startBroker('nats', {
        config: ['max_pending: 1073741824', 'write_deadline: "60s"', 'max_payload: 8388608'],
      })
    case 'amqp':
      return startBroker('amqp', { schedulers: 2 })
  }
}

/** Starts a broker for this benchmark alone, unless its variable names one that runs. */
export async function prepareBroker(name: BrokerName): Promise<Prepared> {
  if (given[name]() !== undefined) return { absent: new Map(), close: async () => undefined }
  const reason = brokerAbsence(name)
  if (reason !== undefined) return { absent: new Map([[name, reason]]), close: async () => undefined }
  const broker = await start(name)
  // For the processes that this one starts.
  process.env[`SM_BENCH_${name.toUpperCase()}`] = broker.url
  return { absent: new Map(), close: () => broker.stop() }
}
