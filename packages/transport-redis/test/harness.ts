import { type BrokeredSettings, BrokeredTransport } from '@sm/brokered'
import type { Transport } from '@sm/core/transport'
import type { TransportHarness } from '@sm/transport-conformance'
import { Redis } from 'ioredis'
import { type Broker, brokerAbsence, startBroker } from '../../../tooling/brokers/index.ts'
import { capabilities } from '../src/capabilities.ts'
import { RedisDriver } from '../src/redis-driver.ts'
import { readDeadLetters } from './dead-letters.ts'

let broker: Broker | undefined

/** Quick to notice and to return, so that the suite need not wait; little room, so that a publish soon has to. */
const options = {
  heartbeatMs: 150,
  deadAfterMs: 1_200,
  graceMs: 5_000,
  maxQueued: 64,
  maxDeadLetters: 100,
  reconnect: { initialMs: 10, maxMs: 100 },
}

/** How to end the connections of a transport for good. */
const kills = new WeakMap<Transport, () => void>()

/** The Redis transport as the conformance suite takes it, with a server of its own that is killed, frozen and restarted. */
export const harness: TransportHarness<string> = {
  name: 'redis',
  async setUp() {
    const absence = brokerAbsence('redis')
    if (absence) throw new Error(absence)
    broker = await startBroker('redis')
    return broker.url
  },
  async tearDown() {
    await broker?.stop()
    broker = undefined
  },
  open(context, url) {
    const clients: Redis[] = []
    let isDead = false
    const connect = () => {
      const client = new Redis(isDead ? 'redis://127.0.0.1:1' : url, {
        ...{ lazyConnect: true, retryStrategy: () => null, enableOfflineQueue: false, enableReadyCheck: false },
        ...{ autoResubscribe: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null },
      })
      clients.push(client)
      return client
    }
    const driver = {
      name: 'redis',
      capabilities,
      driver: (settings: BrokeredSettings) => new RedisDriver({ ...options, url, connect }, settings, context),
    }
    const transport = new BrokeredTransport(driver, options, context)
    kills.set(transport, () => {
      isDead = true
      for (const client of clients) client.stream?.destroy()
    })
    return transport
  },
  kill: transport => kills.get(transport)?.(),
  // The server lets through what fits into one more node of the stream.
  deadLetters: { list: namespace => readDeadLetters(broker?.url ?? '', namespace), most: 200 },
  faults: {
    cut: () => broker?.kill(),
    restore: () => broker?.restart(),
    freeze: () => broker?.freeze(),
    thaw: () => broker?.thaw(),
  },
}
