import type { Delivery } from '@sm/core/transport'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { type Broker, type RedisOptions, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { RedisTransportOptions } from '../src/index.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const place = topic('work.done')

describeIfAllowed('redis', 'limits', () => {
  let broker: Broker
  let admin: Redis
  let namespace: string
  let stations: Station[]

  async function launch(options?: RedisOptions): Promise<void> {
    broker = await startBroker('redis', options)
    admin = new Redis(broker.url)
  }

  async function start(agent: string, options: RedisTransportOptions = {}): Promise<Station> {
    const station = new Station(agent, namespace, { ...quick, url: broker.url, ...options })
    stations.push(station)
    await station.transport.start()
    return station
  }

  const length = (group: string) => admin.xlen(`{${namespace}}:queue:${group}:topic:work.done`)

  beforeEach(() => {
    namespace = freshNamespace()
    stations = []
  })
  afterEach(async () => {
    await Promise.all(stations.map(({ transport }) => transport.stop()))
    admin.disconnect()
    await broker.stop()
  })

  it('a full queue makes publishes wait, in order, and holds up no other queue', async () => {
    await launch()
    const maxQueued = 20
    const shop = await start('shop', { maxQueued })
    const slow = await start('slow')
    const fast = await start('fast')
    const [held, heard, late] = [[] as Delivery[], [] as unknown[], [] as unknown[]]
    await slow.listen('work.done', delivery => void held.push(delivery), { prefetch: 5 })
    await fast.listen('work.#', delivery => {
      heard.push(delivery.frame.body.value())
      delivery.ack()
    })
    const numbers = Array.from({ length: 300 }, (_, i) => i)
    let ended = 0
    const published = numbers.map(i => shop.publish(place, i).finally(() => ended++))
    await eventually('the other queue gets all', () => heard.length === 300)
    expect(heard).toEqual(numbers)
    expect(await length('slow')).toBe(maxQueued)
    expect(ended).toBe(maxQueued)
    expect(shop.transport.health()).toMatchObject({ details: { waitingForQueues: 300 - maxQueued } })
    const finish = (delivery: Delivery) => {
      late.push(delivery.frame.body.value())
      delivery.ack()
    }
    const drain = setInterval(() => {
      for (const delivery of held.splice(0)) finish(delivery)
    }, 1)
    for (const { copies } of await Promise.all(published)) expect(copies).toBe(2)
    await eventually('all arrive', () => late.length === 300)
    clearInterval(drain)
    expect(late).toEqual(numbers)
    expect(await length('slow')).toBeLessThanOrEqual(maxQueued)
  })

  it('frames that wait for a queue which goes wait no more', async () => {
    await launch()
    const shop = await start('shop', { maxQueued: 2 })
    const slow = await start('slow')
    const listener = await slow.listen('work.done', () => undefined, { prefetch: 1 })
    const published = Array.from({ length: 10 }, (_, i) => shop.publish(place, i))
    await eventually('some wait', async () => (await length('slow')) === 2)
    await listener.close()
    const receipts = await Promise.all(published)
    expect(receipts.map(({ evidence }) => evidence)).toEqual(['persisted', 'persisted', ...Array(8).fill('none')])
  })

  it('frames are as large as the option says, at either level, and no larger', async () => {
    await launch()
    const maxFrameBytes = 3_000_000
    const [shop, billing] = [await start('shop', { maxFrameBytes }), await start('billing', { maxFrameBytes })]
    const heard: unknown[] = []
    await billing.listen('work.done', delivery => {
      heard.push(delivery.frame.body.value())
      delivery.ack()
    })
    const large = 'x'.repeat(2_500_000)
    for (const delivery of ['at-least-once', 'at-most-once'] as const) {
      await shop.publish(place, large, delivery)
      await expect(shop.publish(place, large + large, delivery)).rejects.toMatchObject({ code: 'SM_FRAME_TOO_LARGE' })
    }
    await eventually('both arrive', () => heard.length === 2)
    expect(heard.every(payload => payload === large)).toBe(true)
  })

  it('delayed frames count among those that wait', async () => {
    await launch()
    const shop = await start('shop', { maxQueued: 5, publishTimeoutMs: 1_000 })
    const slow = await start('slow')
    await slow.listen('work.done', delivery => delivery.nack({ delayMs: 60_000 }))
    for (let i = 0; i < 5; i++) await shop.publish(place, i)
    await eventually('all are delayed', async () => (await length('slow')) === 0)
    await expect(shop.publish(place, 5)).rejects.toMatchObject({ code: 'SM_BROKER_FULL' })
  })

  it('a publish waits while the memory of the server is full, and members live through it', async () => {
    await launch({ persistent: false, config: ['maxmemory 8mb', 'maxmemory-policy noeviction'] })
    const shop = await start('shop')
    const slow = await start('slow')
    const held: Delivery[] = []
    await slow.listen('work.done', delivery => void held.push(delivery), { prefetch: 1 })
    const body = 'x'.repeat(65_536)
    let ended = 0
    const count = 200
    const published = Array.from({ length: count }, (_, i) => shop.publish(place, [i, body]).finally(() => ended++))
    await eventually('it is full', () => shop.faults.includes('SM_BROKER_FULL'))
    // Heartbeats and acks are taken all the same: nobody is given up. The server frees a little of its own, and takes some more.
    await new Promise(resolve => setTimeout(resolve, 2 * quick.deadAfterMs))
    expect(ended).toBeLessThan(count)
    const numbers: unknown[] = []
    const drain = setInterval(() => {
      for (const delivery of held.splice(0)) {
        numbers.push((delivery.frame.body.value() as readonly unknown[])[0])
        delivery.ack()
      }
    }, 1)
    await Promise.all(published)
    await eventually('all arrive', () => numbers.length === count)
    clearInterval(drain)
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(slow.faults).toEqual([])
  })

  it('dead letters are bounded', async () => {
    await launch()
    const shop = await start('shop')
    const strict = await start('strict', { maxDeadLetters: 10 })
    let rejected = 0
    await strict.listen('work.done', delivery => {
      rejected += 1
      delivery.reject({ code: 'SM_TEST', message: 'no' })
    })
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => shop.publish(place, i)))
    await eventually('all are rejected', () => rejected === 1_000)
    await eventually('none is left', async () => (await length('strict')) === 0)
    // Redis trims whole blocks of entries.
    expect(await admin.xlen(`{${namespace}}:dead`)).toBeLessThanOrEqual(10 + 100)
  })

  it('a server that may throw keys away is used at most once, and says why', async () => {
    await launch({ persistent: false, config: ['maxmemory 64mb', 'maxmemory-policy allkeys-lru'] })
    const shop = await start('shop')
    const { delivery, durable, deadLetters, delay } = shop.transport.capabilities
    expect({ delivery, durable, deadLetters, delay }).toEqual({
      ...{ delivery: { 'at-most-once': 'accepted' }, durable: false, deadLetters: false, delay: false },
    })
    expect(shop.faults).toEqual(['SM_REDIS_UNSAFE'])
    expect(JSON.stringify(shop.lines[0]?.fields)).toContain('SM_REDIS_UNSAFE')
    await expect(shop.publish(place, 1)).rejects.toMatchObject({ code: 'SM_CAPABILITY_MISSING' })
    const heard: unknown[] = []
    const members = [await start('worker'), await start('worker')]
    for (const member of members) {
      await member.listen('work.*', given => {
        heard.push(given.frame.body.value())
        given.ack()
      })
    }
    for (let i = 0; i < 20; i++) await shop.publish(place, i, 'at-most-once')
    await eventually('all arrive', () => heard.length === 20)
    for (const member of members) await member.transport.stop({ drain: true })
    expect(await shop.publish(place, 1, 'at-most-once')).toMatchObject({ evidence: 'none' })
  })

  it.each([
    ['appendfsync always', 'persisted'],
    ['appendfsync everysec', 'accepted'],
  ])('a receipt proves what the server is set to: %s', async (line, evidence) => {
    await launch({ config: [line] })
    const shop = await start('shop')
    const reader = await start('reader')
    await reader.listen('work.done', delivery => delivery.ack())
    expect(shop.transport.capabilities.delivery['at-least-once']).toBe(evidence)
    expect(await shop.publish(place, 1)).toEqual({ evidence, copies: 1 })
  })

  it('a key that holds something else is named', async () => {
    await launch()
    const shop = await start('shop')
    const reader = await start('reader')
    await admin.set(`{${namespace}}:queue:reader:topic:work.done`, 'mine')
    await expect(reader.listen('work.done', delivery => delivery.ack())).rejects.toMatchObject({
      code: 'SM_BROKER_TOPOLOGY',
    })
    expect(await shop.publish(place, 1)).toMatchObject({ evidence: 'none' })
  })
})
