import { createAgent } from '@sm/core'
import type { Delivery } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import '../src/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { areHeardOnceInEachGroup, isTriedAgain, Paid, Placed } from '../../../tooling/test/foreign-events.ts'
import { frameFor, inbox, listen, numbers, topic } from '../../../tooling/test/transport-world.ts'
import { exists, next, World } from './world.ts'

/** The properties of a writer who knows CloudEvents, and nothing of us. */
const event = (type: string, id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  contentType: 'application/json',
  headers: {
    cloudEvents_specversion: '1.0',
    cloudEvents_id: id,
    cloudEvents_source: '/shop',
    cloudEvents_type: type,
    ...more,
  },
})

describeWithBroker('amqp', {}, broker => {
  const agent = (id: string, world: World) =>
    createAgent(id, { namespace: world.namespace, transports: { amqp: { url: broker().url } } })

  it('is heard by one member of each group, sent transient or persistent', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    let isPersistent = false
    await areHeardOnceInEachGroup(
      id => agent(id, world),
      orderId => {
        isPersistent = !isPersistent
        const properties = { ...event('order.placed', `e-${orderId}`), persistent: isPersistent }
        const content = Buffer.from(JSON.stringify({ orderId }))
        client.publish(`${world.namespace}.topics`, 'order.placed', content, properties)
      },
    )
  })

  it('is heard in structured mode, and with the other separator of the binding and headers that are no texts', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const listening = await listen(transport, inbox('billing'))
    const structured = { specversion: '1.0', id: '1', source: 'till', type: 'order.placed', data: { orderId: '9' } }
    const exchange = `${world.namespace}.inboxes`
    const contentType = 'application/cloudevents+json; charset=utf-8'
    client.publish(exchange, 'billing', Buffer.from(JSON.stringify(structured)), { contentType, persistent: true })
    const headers = {
      ...{ 'cloudEvents:specversion': '1.0', 'cloudEvents:id': '2', 'cloudEvents:source': 'till' },
      ...{ 'cloudEvents:type': 'order.placed', 'cloudEvents:smversion': 3, 'cloudEvents:rush': true },
      'cloudEvents:time': { '!': 'timestamp', value: 1_700_000_000 },
    }
    client.publish(exchange, 'billing', Buffer.from('"x"'), { contentType: 'application/json', headers })
    await eventually('both arrive', () => listening.deliveries.length === 2)
    const [first, second] = listening.deliveries.map(({ frame }) => frame.header)
    expect(first).toMatchObject({ id: '1', from: 'till', delivery: 'at-least-once' })
    const read = {
      id: '2',
      version: 3,
      delivery: 'at-most-once',
      time: 1_700_000_000_000,
      extensions: { rush: 'true' },
    }
    expect(second).toMatchObject(read)
    expect(listening.payloads).toEqual([{ orderId: '9' }, 'x'])
  })

  it('waits at the broker, sent transient where frames are kept, while its consumer has no room', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const held: Array<() => void> = []
    let isHolding = true
    const onDelivery = (delivery: Delivery) => (isHolding ? void held.push(() => delivery.ack()) : delivery.ack())
    const listening = await listen(transport, inbox('billing'), { prefetch: 2, onDelivery })
    const queue = `${world.namespace}.listeners.inbox.billing`
    for (const i of numbers(40)) client.sendToQueue(queue, Buffer.from(`${i}`), event('order.placed', `e-${i}`))
    await client.waitForConfirms()
    await eventually('the first are handed on', () => held.length === 2)
    // Those in hand were acked as they were handed on; as many again have come, and have no room.
    await eventually('the rest waits', async () => (await client.checkQueue(queue)).messageCount === 36)
    await client.waitForConfirms()
    expect((await client.checkQueue(queue)).messageCount).toBe(36)
    isHolding = false
    for (const ack of held) ack()
    await eventually('all arrive', () => listening.payloads.length === 40)
  })

  it('is handled at least once, and tried again when a handler fails', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await isTriedAgain(
      id => agent(id, world),
      () => {
        const properties = { ...event('order.paid', 'p-1'), persistent: true }
        client.publish(`${world.namespace}.topics`, 'order.paid', Buffer.from('{"orderId":"1"}'), properties)
      },
    )
  })

  it('reads what agents send, by queues of its own', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await using shop = await agent('shop', world)
    for (const exchange of ['topics', 'topics.once']) {
      await client.assertQueue(`${world.namespace}-${exchange}`, { exclusive: true })
      await client.bindQueue(`${world.namespace}-${exchange}`, `${world.namespace}.${exchange}`, 'order.#')
    }
    await shop.publish(Placed, { orderId: '1' })
    const receipt = await shop.publish(Paid, { orderId: '2' })
    expect(receipt).toMatchObject({ evidence: 'persisted' })
    const sent = await next(client, `${world.namespace}-topics.once`)
    expect(sent.fields.routingKey).toBe('order.placed')
    expect(JSON.parse(String(sent.content))).toEqual({ orderId: '1' })
    expect(sent.properties).toMatchObject({ contentType: 'application/json', deliveryMode: 1, type: 'order.placed' })
    expect(sent.properties.headers).toMatchObject({ cloudEvents_type: 'order.placed', cloudEvents_specversion: '1.0' })
    expect(sent.properties.headers?.cloudEvents_source).toBe(`shop/${shop.instance}`)
    expect(sent.properties.messageId).toBe(sent.properties.headers?.cloudEvents_id)
    const kept = await next(client, `${world.namespace}-topics`)
    expect(kept.properties.deliveryMode).toBe(2)
    expect(JSON.parse(String(kept.content))).toEqual({ orderId: '2' })
  })

  it('is reported when it is no message, and becomes a dead letter where it would come again', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const listening = await listen(transport, 'order.*')
    const faults = async () => (await transport.health()).details.faults
    const nested = { cloudEvents_x: { deep: 1 } }
    const bad = [
      ['order.a', 'no event at all', {}],
      ['order.b', '{"specversion":"1.0"}', { contentType: 'application/cloudevents+json' }],
      ['order.c', '{}', event('not a type!', '1')],
      ['order.d', '{}', event('order.d', '1', { cloudEvents_time: 'yesterday' })],
      ['order.e', '{}', event('order.e', '1', nested)],
    ] as const
    for (const [key, body, properties] of bad) {
      for (const persistent of [true, false]) {
        client.publish(`${world.namespace}.topics`, key, Buffer.from(body), { ...properties, persistent })
      }
    }
    await eventually('each is reported', async () => (await faults()) === 10)
    const dead = `${world.namespace}.dead`
    await eventually('there are dead letters', () => exists(dead, broker().url))
    const letters = []
    for (const _ of bad) {
      letters.push(await eventually('a dead letter', () => client.get(dead, { noAck: true })))
    }
    expect(letters.map(({ fields }) => fields.routingKey).sort()).toEqual(bad.map(([key]) => key))
    const { properties, content } = letters.find(({ fields }) => fields.routingKey === 'order.a') as (typeof letters)[0]
    expect(String(content)).toBe('no event at all')
    expect(properties.headers).toMatchObject({
      'sm-dead-code': 'SM_CODEC_MALFORMED',
      'sm-dead-queue': `${world.namespace}.listeners.topic.order.*`,
    })
    expect(await client.get(dead, { noAck: true })).toBe(false)
    // And it goes on.
    await transport.publish(frameFor(topic('order.e'), 'fine'), topic('order.e'))
    await eventually('the next arrives', () => listening.payloads.includes('fine'))
    expect(await faults()).toBe(10)
  })

  it('finds rejected frames among the dead letters, with the reason', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const reason = { code: 'SM_TEST', message: 'Not today: ü "quoted"\nnext' }
    const { subscription } = await listen(transport, inbox('billing'), {
      onDelivery: delivery => delivery.reject(reason),
    })
    const sent = frameFor(inbox('billing'), { total: 1 })
    await transport.publish(sent, inbox('billing'))
    await subscription.close({ drain: true })
    const letter = await next(client, `${world.namespace}.dead`)
    expect(letter.fields.routingKey).toBe('billing')
    expect(letter.properties.headers).toMatchObject({
      cloudEvents_id: sent.header.id,
      'sm-attempt': 1,
      'sm-dead-code': 'SM_TEST',
      'sm-dead-reason': reason.message,
    })
    expect(JSON.parse(String(letter.content))).toEqual({ total: 1 })
  })
})
