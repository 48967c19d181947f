import type { Delivery } from '@sm/core/transport'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const [bad, good] = [topic('work.bad'), topic('work.good')]

describeWithBroker('redis', {}, broker => {
  let admin: Redis
  let namespace: string
  let shop: Station
  let billing: Station
  const heard: Record<string, unknown[]> = {}

  beforeAll(() => {
    admin = new Redis(broker().url)
  })
  afterAll(() => admin.disconnect())
  beforeEach(async () => {
    namespace = freshNamespace()
    const start = async (agent: string) => {
      const station = new Station(agent, namespace, { ...quick, url: broker().url })
      await station.transport.start()
      return station
    }
    shop = await start('shop')
    billing = await start('billing')
    for (const name of ['bad', 'good']) {
      const got: unknown[] = []
      heard[name] = got
      await billing.listen(`work.${name}`, (delivery: Delivery) => {
        got.push(delivery.frame.body.value())
        delivery.ack()
      })
    }
  })
  afterEach(async () => {
    await Promise.all([shop, billing].map(({ transport }) => transport.stop()))
  })

  const queueKey = () => `{${namespace}}:queue:billing:topic:work.bad`
  const handled = (name: string, ...numbers: number[]) =>
    eventually(`${name} hears ${numbers}`, () => numbers.every(number => heard[name]?.includes(number)))
  const healthOf = async ({ transport }: Station) => transport.health()

  it('a group that somebody destroys is made again, and other queues go on meanwhile', async () => {
    await admin.call('XGROUP', 'DESTROY', queueKey(), 'sm')
    for (let n = 1; n <= 20; n++) await shop.publish(good, n)
    await handled('good', 1, 20)
    await eventually('the broken queue works again', async () => {
      await shop.publish(bad, 1)
      return heard.bad?.includes(1) === true
    })
    expect((await healthOf(billing)).state).toBe('ready')
  })

  it('a key of another type stops its own queue alone: it is told, in few lines, until somebody removes it', async () => {
    await admin.del(queueKey())
    await admin.set(queueKey(), 'in the way')
    await eventually('it is degraded', async () => (await healthOf(billing)).state === 'degraded')
    for (let n = 1; n <= 50; n++) await shop.publish(good, n)
    await handled('good', 1, 50)
    const lines = billing.lines.filter(({ level }) => level === 'warn' || level === 'error')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThan(20)
    expect(JSON.stringify(await healthOf(billing))).toContain('work.bad')
    await admin.del(queueKey())
    await eventually('it is ready again', async () => (await healthOf(billing)).state === 'ready')
    await eventually('the queue works again', async () => {
      await shop.publish(bad, 2).catch(() => undefined)
      return heard.bad?.includes(2) === true
    })
  })

  it('what the user is not allowed any more is told, and works again once it is', async () => {
    await admin.call('ACL', 'SETUSER', 'default', '-xreadgroup', '-xack')
    try {
      await eventually('it is degraded', async () => (await healthOf(billing)).state === 'degraded')
      await eventually('a fault is told', () => billing.faults.length > 0)
      expect(billing.lines.length).toBeLessThan(40)
    } finally {
      await admin.call('ACL', 'SETUSER', 'default', '+@all')
    }
    await eventually('it is ready again', async () => (await healthOf(billing)).state === 'ready')
    await shop.publish(bad, 3)
    await handled('bad', 3)
  })
})
