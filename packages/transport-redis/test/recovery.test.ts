import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '@sm/core/transport'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { type Broker, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { RedisTransportOptions } from '../src/index.ts'
import { Detour } from './detour.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const place = topic('work.done')

describeIfAllowed('redis', 'recovery', () => {
  let broker: Broker
  let admin: Redis
  let namespace: string
  let stations: Station[]

  beforeEach(async () => {
    broker = await startBroker('redis')
    admin = new Redis(broker.url)
    admin.on('error', () => undefined)
    namespace = freshNamespace()
    stations = []
  })
  afterEach(async () => {
    await Promise.all(stations.map(({ transport }) => transport.stop()))
    admin.disconnect()
    await broker.stop()
  })

  async function start(agent: string, options: RedisTransportOptions = {}): Promise<Station> {
    const station = new Station(agent, namespace, { ...quick, url: broker.url, ...options })
    stations.push(station)
    await station.transport.start()
    return station
  }

  /** Ends a transport as SIGKILL would: nothing more is said to the server. */
  async function crash(detour: Detour): Promise<void> {
    detour.close()
  }

  const keys = async () => (await admin.keys(`{${namespace}}:*`)).filter(key => !key.includes(':wake:')).sort()

  function collect(into: unknown[]) {
    return (delivery: Delivery) => {
      into.push(delivery.frame.body.value())
      delivery.ack()
    }
  }

  it('comes back when the server cuts its connections, one or all', async () => {
    const [shop, billing] = [await start('shop'), await start('billing')]
    const heard: unknown[] = []
    await billing.listen('work.#', collect(heard))
    let sent = 0
    for (const type of ['pubsub', 'normal']) {
      await admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
      for (const delivery of ['at-least-once', 'at-most-once'] as const) {
        const states = [shop, billing].map(({ transport }) => transport)
        await eventually('both are ready', () => states.every(({ state }) => state === 'ready'))
        sent += 1
        // A message that is sent once may fall into the gap, and the sender may not have noticed yet.
        await eventually(`${type} ${delivery}: it arrives`, async () => {
          await shop.publish(place, sent, delivery).catch(() => undefined)
          await sleep(20)
          return heard.includes(sent)
        })
      }
    }
  })

  it('does not append a batch again whose answer was lost', async () => {
    const detour = await Detour.to(broker.port)
    const shop = await start('shop', { url: detour.url })
    const billing = await start('billing')
    const heard: unknown[] = []
    await billing.listen('work.done', collect(heard))
    await shop.publish(place, 'before')
    for (let round = 0; round < 5; round++) {
      // The server does it, and nobody hears of it.
      detour.cutAfter = sent => sent.includes(`round ${round} `)
      const published = Promise.all(Array.from({ length: 40 }, (_, i) => shop.publish(place, `round ${round} ${i}`)))
      await eventually('it is lost', () => shop.transport.state === 'degraded')
      detour.cutAfter = () => false
      for (const { copies, evidence } of await published) expect([copies, evidence]).toEqual([1, 'persisted'])
    }
    await eventually('all arrive', () => heard.length >= 201)
    await sleep(100)
    const rounds = [0, 1, 2, 3, 4].flatMap(round => Array.from({ length: 40 }, (_, i) => `round ${round} ${i}`))
    expect(heard).toEqual(['before', ...rounds])
    detour.close()
  })

  it('notices within deadAfterMs that nobody answers, and comes back', async () => {
    const [shop, billing] = [await start('shop'), await start('billing')]
    const heard: unknown[] = []
    await billing.listen('work.done', collect(heard))
    await shop.publish(place, 0)
    const frozenAt = performance.now()
    await broker.freeze()
    const published = Promise.all([1, 2, 3].map(i => shop.publish(place, i)))
    await eventually('it is noticed', () => [shop, billing].every(({ transport }) => transport.state === 'degraded'))
    // On a busy machine a timer may be late.
    expect(performance.now() - frozenAt).toBeLessThan(quick.deadAfterMs + 2_000)
    await broker.thaw()
    await published
    await eventually('all arrive', () => heard.length >= 4)
    expect(heard).toEqual([0, 1, 2, 3])
  })

  it('sets up everything again on a server that has lost its data', async () => {
    const [shop, billing, twin] = [await start('shop'), await start('billing'), await start('billing')]
    const heard: unknown[] = []
    for (const member of [billing, twin]) await member.listen('work.done', collect(heard))
    await billing.listen('kept.work', collect(heard), { durable: true })
    await shop.publish(place, 'before')
    await broker.kill()
    const during = shop.publish(place, 'during')
    await broker.restart({ fresh: true })
    await during
    const ready = () => stations.every(({ transport }) => transport.state === 'ready')
    await eventually('all are back', ready)
    // A publish right after the restart may have found nobody yet.
    await eventually('they are found', async () => (await shop.publish(place, 'probe')).copies === 1)
    await shop.publish(place, 'after')
    await shop.publish(topic('kept.work'), 'kept')
    await eventually('they arrive', () => heard.includes('after') && heard.includes('kept'))
    expect(billing.faults).toContain('SM_REDIS_QUEUE_GONE')
  })

  it('sets up everything again when somebody flushes the server under it', async () => {
    const [shop, billing] = [await start('shop'), await start('billing')]
    const heard: unknown[] = []
    await billing.listen('work.done', collect(heard))
    await shop.publish(place, 'before')
    await admin.flushall()
    await eventually('it is found again', async () => (await shop.publish(place, 'after')).copies === 1)
    await eventually('it arrives', () => heard.includes('after'))
    await shop.publish(place, 'once', 'at-most-once')
    await eventually('also what is sent once', () => heard.includes('once'))
    expect(billing.faults).toContain('SM_REDIS_QUEUE_GONE')
    expect(billing.transport.state).toBe('ready')
  })

  it('hands what a dead member held to the others, counted, in order, and not what a slow one holds', async () => {
    const shop = await start('shop')
    const detour = await Detour.to(broker.port)
    const doomed = await start('billing', { url: detour.url })
    const held: unknown[] = []
    await doomed.listen('work.done', ({ frame }) => void held.push(frame.body.value()), { prefetch: 5 })
    for (let i = 0; i < 5; i++) await shop.publish(place, i)
    await eventually('it holds five', () => held.length === 5)
    const heir = await start('billing')
    const heard: unknown[] = []
    const attempts: number[] = []
    await heir.listen('work.done', delivery => {
      attempts.push(delivery.attempt)
      collect(heard)(delivery)
    })
    await sleep(quick.deadAfterMs + 500)
    expect(heard, 'Slow is not dead').toEqual([])
    await crash(detour)
    await eventually('the heir gets all', () => heard.length === 5)
    expect(heard).toEqual([0, 1, 2, 3, 4])
    expect(attempts).toEqual([2, 2, 2, 2, 2])
  })

  it('keeps the queue of members that crashed for the grace, for one that comes back', async () => {
    const shop = await start('shop')
    const detour = await Detour.to(broker.port)
    const doomed = await start('billing', { url: detour.url })
    await doomed.listen('work.done', () => undefined, { prefetch: 1 })
    for (let i = 0; i < 3; i++) expect(await shop.publish(place, i)).toMatchObject({ copies: 1 })
    await crash(detour)
    const heir = await start('billing')
    const heard: unknown[] = []
    await heir.listen('work.done', collect(heard))
    await eventually('it gets all', () => heard.length === 3)
    expect([...heard].sort()).toEqual([0, 1, 2])
  })

  it('leaves no trace of a group that crashed, nor of one that left', async () => {
    const shop = await start('shop')
    const detour = await Detour.to(broker.port)
    const doomed = await start('billing', { url: detour.url })
    await doomed.listen('work.done', () => undefined)
    await shop.publish(place, 1)
    expect(await keys()).toContain(`{${namespace}}:queue:billing:topic:work.done`)
    await crash(detour)
    await doomed.transport.stop()
    await eventually('the queue is gone', async () => (await shop.publish(place, 2)).evidence === 'none')
    const leaving = await start('audit')
    await leaving.listen('work.#', delivery => delivery.ack())
    await shop.publish(place, 3)
    await leaving.transport.stop({ drain: true })
    const own = [`{${namespace}}:producer:${doomed.instance}`, `{${namespace}}:producer:${shop.instance}`]
    expect((await keys()).filter(key => !own.includes(key))).toEqual([])
    await shop.transport.stop()
    for (const key of await keys()) expect(await admin.pttl(key), `${key} goes by itself`).toBeGreaterThan(0)
  })

  it('keeps a durable queue for keepMs, and not longer', async () => {
    const shop = await start('shop')
    const options = { keepMs: 3_000 }
    const first = await start('billing', options)
    await first.listen('work.done', delivery => delivery.ack(), { durable: true })
    await first.transport.stop({ drain: true })
    expect(await shop.publish(place, 1)).toMatchObject({ copies: 1 })
    const second = await start('billing', options)
    const heard: unknown[] = []
    const listener = await second.listen('work.done', collect(heard), { durable: true })
    await eventually('it was kept', () => heard.length === 1)
    await listener.close()
    await eventually('it is kept no more', async () => (await shop.publish(place, 2)).evidence === 'none')
  })
})
