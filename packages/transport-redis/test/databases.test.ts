import { afterEach, describe, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { redis } from '../src/index.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

describeWithBroker('redis', {}, broker => {
  const stations: Station[] = []
  afterEach(async () => {
    await Promise.all(stations.splice(0).map(({ transport }) => transport.stop()))
  })

  async function start(agent: string, namespace: string, database: number): Promise<Station> {
    const station = new Station(agent, namespace, { ...quick, url: `${broker().url}/${database}` })
    stations.push(station)
    await station.transport.start()
    return station
  }

  it('of one server share nothing, at either delivery level, though names are the same', async () => {
    const namespace = freshNamespace()
    const databases = [0, 1, 2]
    const heard = new Map<number, unknown[]>()
    for (const database of databases) {
      const got: unknown[] = []
      heard.set(database, got)
      const billing = await start('billing', namespace, database)
      await billing.listen('order.*', delivery => {
        got.push(delivery.frame.body.value())
        delivery.ack()
      })
    }
    for (const database of databases) {
      const shop = await start('shop', namespace, database)
      for (const delivery of ['at-least-once', 'at-most-once'] as const) {
        const { evidence } = await shop.publish(topic('order.placed'), `${database} ${delivery}`, delivery)
        expect(evidence).not.toBe('none')
      }
    }
    await eventually('each hears its own', () => [...heard.values()].every(got => got.length >= 2))
    for (const [database, got] of heard) {
      expect(got.toSorted()).toEqual([`${database} at-least-once`, `${database} at-most-once`])
    }
  })

  it('that the server does not have are refused at the start', async () => {
    await expect(start('shop', freshNamespace(), 99)).rejects.toMatchObject({
      code: expect.stringMatching(/^SM_/),
      message: expect.stringContaining('99'),
    })
  })
})

describe('options of the client that break the transport', () => {
  const options: Readonly<Record<string, unknown>> = {
    keyPrefix: 'mine:',
    commandTimeout: 1_000,
    blockingTimeout: 1_000,
    socketTimeout: 1_000,
    readOnly: true,
    monitor: true,
    stringNumbers: true,
    scripts: {},
    retryStrategy: () => 1,
    reconnectOnError: () => true,
    maxRetriesPerRequest: 3,
    connectTimeout: 1_000,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    offlineQueue: true,
    autoResubscribe: false,
    enableReadyCheck: false,
    lazyConnect: false,
    connectionName: 'mine',
  }

  it.each(Object.entries(options))('are refused by name, with what to do instead: %s', (name, value) => {
    const make = () =>
      new Station('shop', 'refused', { url: 'redis://127.0.0.1:1', client: { [name]: value } as object })
    expect(make).toThrow(
      expect.objectContaining({ code: 'SM_TRANSPORT_CONFIG', message: expect.stringContaining(`client.${name}`) }),
    )
  })

  it('are no others: what a server needs to be reached goes through', () => {
    const client = { username: 'shop', family: 4, keepAlive: 1_000, noDelay: true } as const
    expect(() => new Station('shop', 'taken', { url: 'redis://127.0.0.1:1', client })).not.toThrow()
    expect(redis.definition.options).toHaveProperty('maxFrameBytes')
  })
})
