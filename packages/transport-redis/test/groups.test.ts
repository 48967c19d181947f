import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '@sm/core/transport'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const place = topic('work.done')

describeWithBroker('redis', {}, broker => {
  let namespace: string
  let stations: Station[]

  beforeEach(() => {
    namespace = freshNamespace()
    stations = []
  })
  afterEach(() => Promise.all(stations.map(({ transport }) => transport.stop())))

  async function start(agent: string): Promise<Station> {
    const station = new Station(agent, namespace, { ...quick, url: broker().url })
    stations.push(station)
    await station.transport.start()
    return station
  }

  const note = (into: unknown[]) => (delivery: Delivery) => {
    into.push(delivery.frame.body.value())
    delivery.ack()
  }

  it('members that come and go while messages flow take each of them once', async () => {
    const shop = await start('shop')
    const heard: unknown[] = []
    const steady = await start('worker')
    await steady.listen('work.*', note(heard))
    let sent = 0
    let isOver = false
    const flow = (async () => {
      while (!isOver) {
        await Promise.all(Array.from({ length: 20 }, () => shop.publish(place, sent++, 'at-most-once')))
      }
    })()
    for (let i = 0; i < 8; i++) {
      const member = await start('worker')
      const listener = await member.listen('work.*', note(heard))
      await sleep(20)
      if (i % 2 === 0) await listener.close({ drain: true })
    }
    isOver = true
    await flow
    await eventually('all arrive', () => heard.length >= sent)
    await sleep(50)
    expect([...heard].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: sent }, (_, i) => i))
  })

  it('what a member has read ahead and cannot handle goes to those who can, in order', async () => {
    const shop = await start('shop')
    const [first, heard, late] = [await start('worker'), [] as unknown[], [] as unknown[]]
    const held: Delivery[] = []
    let isSlow = false
    await first.listen('work.done', delivery => {
      if (isSlow) held.push(delivery)
      else note(heard)(delivery)
    })
    // Quick at first, so that it is kept supplied.
    for (let sent = 0; sent < 2_000; sent += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => shop.publish(place, sent + i)))
    }
    await eventually('all are handled', () => heard.length === 2_000)
    isSlow = true
    await Promise.all(Array.from({ length: 500 }, (_, i) => shop.publish(place, i)))
    const second = await start('worker')
    await second.listen('work.done', note(late))
    await eventually('the others are handled', () => late.length === 500 - held.length)
    expect(held).toHaveLength(64)
    const numbers = Array.from({ length: 500 }, (_, i) => i)
    expect([...held.map(({ frame }) => frame.body.value()), ...late].sort((a, b) => Number(a) - Number(b))).toEqual(
      numbers,
    )
    expect(late).toEqual([...late].sort((a, b) => Number(a) - Number(b)))
    for (const { attempt } of held) expect(attempt).toBe(1)
    for (const delivery of held) delivery.ack()
  })

  it('two subscriptions of one transport share a queue, and what one held goes to the other', async () => {
    const shop = await start('shop')
    const worker = await start('worker')
    const held: Delivery[] = []
    const heard: unknown[] = []
    const one = await worker.listen('work.done', delivery => void held.push(delivery), { prefetch: 2 })
    const two = await worker.listen('work.done', note(heard), { prefetch: 2 })
    for (let i = 0; i < 10; i++) expect(await shop.publish(place, i)).toMatchObject({ copies: 1 })
    await eventually('all are in their hands', () => held.length + heard.length === 10)
    await one.close()
    await eventually('the other gets the rest', () => heard.length === 10)
    expect([...heard].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await two.close({ drain: true })
    const again = await worker.listen('work.done', note(heard))
    await shop.publish(place, 10)
    await eventually('a subscription after that works', () => heard.includes(10))
    await again.close()
  })

  it('a delayed frame comes back although who delayed it is gone', async () => {
    const shop = await start('shop')
    const [first, second] = [await start('worker'), await start('worker')]
    const heard: number[] = []
    await second.listen('work.other', delivery => delivery.ack())
    const listener = await first.listen('work.done', delivery => delivery.nack({ delayMs: 300 }))
    await shop.publish(place, 1)
    const client = new Redis(broker().url)
    await eventually('it is delayed', async () => {
      return (await client.zcard(`{${namespace}}:delayed:worker:topic:work.done`)) === 1
    })
    client.disconnect()
    await second.listen('work.done', delivery => {
      heard.push(delivery.attempt)
      delivery.ack()
    })
    await listener.close()
    await eventually('it comes to the other', () => heard.length === 1)
    expect(heard).toEqual([2])
  })
})
