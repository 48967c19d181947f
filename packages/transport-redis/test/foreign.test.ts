import { createAgent } from '@sm/core'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import '../src/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { areHeardOnceInEachGroup, isTriedAgain, Paid, Placed } from '../../../tooling/test/foreign-events.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

/** The event of a writer who knows CloudEvents, and nothing of us. */
const eventOf = (type: string, id: string, data: unknown) =>
  JSON.stringify({ specversion: '1.0', id, source: '/shop', type, data })

/** The commands of the guide by which a client binds a queue of its own. */
const bind = `
redis.call('XGROUP', 'CREATE', KEYS[3], 'audit', '0', 'MKSTREAM')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
redis.call('PERSIST', KEYS[1])
return redis.call('PERSIST', KEYS[2])`

describeWithBroker('redis', {}, broker => {
  /** A client that knows nothing of us. */
  let foreign: Redis

  beforeAll(() => {
    foreign = new Redis(broker().url)
  })
  afterAll(() => foreign.disconnect())

  const agent = (id: string, namespace: string) =>
    createAgent(id, { namespace, transports: { redis: { url: broker().url, ...quick } } })

  it('hears a PUBLISH of anyone, once in each group', async () => {
    const namespace = freshNamespace()
    await areHeardOnceInEachGroup(
      id => agent(id, namespace),
      async orderId => {
        const event = eventOf('order.placed', `e-${orderId}`, { orderId })
        expect(await foreign.publish(`{${namespace}}:topic:order.placed`, event)).toBe(3)
      },
    )
  })

  it('is handled at least once from a queue, and tried again when a handler fails', async () => {
    const namespace = freshNamespace()
    const queue = `{${namespace}}:queue:billing:topic:order.paid`
    await isTriedAgain(
      id => agent(id, namespace),
      () => foreign.xadd(queue, '*', 'event', eventOf('order.paid', 'p-1', { orderId: '1' })),
    )
  })

  it('is heard by a SUBSCRIBE of anyone', async () => {
    const namespace = freshNamespace()
    const messages: string[] = []
    const listening = new Redis(broker().url)
    listening.on('message', (channel, message) => void messages.push(`${channel} ${message}`))
    await listening.subscribe(`{${namespace}}:topic:order.placed`, `{${namespace}}:inbox:billing`)
    await using shop = await agent('shop', namespace)
    await shop.publish(Placed, { orderId: '7' })
    await shop.publish(Placed, { orderId: '8' }, { to: 'billing' })
    await eventually('both arrive', () => messages.length === 2)
    listening.disconnect()
    const [first = '', second = ''] = messages
    expect(first.split(' ')[0]).toBe(`{${namespace}}:topic:order.placed`)
    expect(JSON.parse(first.slice(first.indexOf(' ')))).toMatchObject({
      ...{ specversion: '1.0', type: 'order.placed', source: `shop/${shop.instance}` },
      data: { orderId: '7' },
    })
    expect(JSON.parse(second.slice(second.indexOf(' ')))).toMatchObject({ to: 'billing', data: { orderId: '8' } })
  })

  it('takes what anyone adds to a queue', async () => {
    const namespace = freshNamespace()
    await using billing = await agent('billing', namespace)
    const handled: string[] = []
    await billing.subscribe(Paid, ({ orderId }) => void handled.push(orderId)).ready
    const queue = `{${namespace}}:queue:billing:topic:order.paid`
    await foreign.xadd(queue, '*', 'event', eventOf('order.paid', 'e-1', { orderId: '7' }))
    await eventually('it is handled', () => handled.length === 1)
    await eventually('nothing stays', async () => (await foreign.xlen(queue)) === 0)
    expect(handled).toEqual(['7'])
  })

  it('fills the queue of anyone who binds one', async () => {
    const namespace = freshNamespace()
    const queue = `{${namespace}}:queue:audit:topic:order.*`
    const keys = [`{${namespace}}:bindings`, `{${namespace}}:version`, queue]
    await using shop = await agent('shop', namespace)
    expect(await shop.publish(Paid, { orderId: '6' })).toMatchObject({ evidence: 'none' })
    await foreign.eval(bind, 3, ...keys, 'audit:topic:order.*', 'topic:order.*')
    expect(await shop.publish(Paid, { orderId: '7' })).toMatchObject({ evidence: 'persisted', copies: 1 })
    const reply = await foreign.xreadgroup('GROUP', 'audit', 'me', 'COUNT', 10, 'STREAMS', queue, '>')
    const [[, entries]] = reply as unknown as [[string, [string, string[]][]]]
    expect(entries).toHaveLength(1)
    const [[id, [field, event]]] = entries as [[string, [string, string]]]
    expect(field).toBe('event')
    expect(JSON.parse(event)).toMatchObject({ type: 'order.paid', smdelivery: 'at-least-once', data: { orderId: '7' } })
    await foreign.multi().xack(queue, 'audit', id).xdel(queue, id).exec()
    expect(await foreign.xlen(queue)).toBe(0)
    // The queue is the client's own to remove.
    await foreign
      .multi()
      .hdel(keys[0] as string, 'audit:topic:order.*')
      .incr(keys[1] as string)
      .del(queue)
      .exec()
    expect(await shop.publish(Paid, { orderId: '8' })).toMatchObject({ evidence: 'none' })
  })

  it('reports what it cannot read, keeps it where it came at least once, and goes on', async () => {
    const namespace = freshNamespace()
    const station = new Station('billing', namespace, { url: broker().url, ...quick })
    await station.transport.start()
    const heard: unknown[] = []
    await station.listen('order.placed', delivery => {
      heard.push(delivery.frame.body.value())
      delivery.ack()
    })
    const channel = `{${namespace}}:topic:order.placed`
    const queue = `{${namespace}}:queue:billing:topic:order.placed`
    for (const rubbish of ['', 'rubbish', '[]', '{"specversion":"1.0"}', '{"__proto__":1}', '\0']) {
      await foreign.publish(channel, rubbish)
      await foreign.xadd(queue, '*', 'event', rubbish)
    }
    await foreign.publish(`{${namespace}}:control`, 'rubbish')
    await foreign.xadd(queue, '*', 'something', 'else')
    await foreign.publish(channel, eventOf('order.placed', 'e-1', 1))
    await foreign.xadd(queue, '*', 'event', eventOf('order.placed', 'e-2', 2))
    await eventually('the good ones arrive', () => heard.length === 2)
    await eventually('nothing stays', async () => (await foreign.xlen(queue)) === 0)
    expect(heard.sort()).toEqual([1, 2])
    expect(station.faults.filter(code => code === 'SM_CODEC_MALFORMED')).toHaveLength(12)
    expect(station.faults).toContain('SM_REDIS_ENTRY')
    const letters = await foreign.xrange(`{${namespace}}:dead`, '-', '+')
    expect(letters).toHaveLength(7)
    const fields = letters.map(([, list]) => list)
    expect(fields[1]).toEqual(expect.arrayContaining(['queue', 'code', 'SM_CODEC_MALFORMED', 'event', 'rubbish']))
    expect(fields.at(-1)).toEqual(expect.arrayContaining(['code', 'SM_REDIS_ENTRY', 'something', 'else']))
    await station.transport.stop()
  })

  it('says who is not there', async () => {
    const station = new Station('shop', freshNamespace(), { url: broker().url, ...quick })
    await station.transport.start()
    for (const delivery of ['at-most-once', 'at-least-once'] as const) {
      const lost = station.publish({ kind: 'inbox', agent: 'nobody' }, 1, delivery)
      await expect(lost).rejects.toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } })
      expect(await station.publish(topic('no.one'), 1, delivery)).toEqual({ evidence: 'none', copies: 0 })
    }
    await station.transport.stop()
  })
})
