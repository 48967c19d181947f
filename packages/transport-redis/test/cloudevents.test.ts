import { CloudEvent, HTTP, type Message } from 'cloudevents'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const headers = { 'content-type': 'application/cloudevents+json' }
const payloads = [{ orderId: '7', lines: [1, 2.5, null, 'ü'] }, 'text', 42, null, new Uint8Array([0, 1, 254, 255])]

describeWithBroker('redis', {}, broker => {
  let client: Redis
  let station: Station
  const namespace = freshNamespace()
  const queue = `{${namespace}}:queue:reader:topic:order.placed`

  beforeAll(async () => {
    client = new Redis(broker().url)
    station = new Station('reader', namespace, { url: broker().url, ...quick })
    await station.transport.start()
  })
  afterAll(async () => {
    await station.transport.stop()
    client.disconnect()
  })

  it.each(payloads)('the SDK reads what is written at either level: %j', async payload => {
    const messages: string[] = []
    const listening = new Redis(broker().url)
    listening.on('message', (_, message) => void messages.push(message))
    await listening.subscribe(`{${namespace}}:topic:order.placed`)
    // Held, so that its entry stays in the stream.
    const held = await station.listen('order.placed', () => undefined)
    await station.publish(topic('order.placed'), payload, 'at-most-once')
    await station.publish(topic('order.placed'), payload, 'at-least-once')
    const [, fields = []] = (await client.xrange(queue, '-', '+'))[0] ?? []
    await eventually('the message arrives', () => messages.length === 1)
    for (const body of [messages[0], fields[1]]) {
      const event = HTTP.toEvent({ headers, body } as Message) as CloudEvent<unknown>
      expect(event.validate()).toBe(true)
      expect(event).toMatchObject({ type: 'order.placed', source: `reader/${station.instance}`, specversion: '1.0' })
      if (payload instanceof Uint8Array) expect(event.data_base64).toBe(Buffer.from(payload).toString('base64'))
      else expect(event.data ?? null).toEqual(payload)
    }
    listening.disconnect()
    await client.del(queue)
    await held.close()
  })

  it('reads what the SDK writes at either level', async () => {
    const heard: unknown[] = []
    const listener = await station.listen('order.placed', delivery => {
      const { header, body } = delivery.frame
      heard.push([header.id, header.from, header.extensions, body.value()])
      delivery.ack()
    })
    const eventOf = (id: string) =>
      HTTP.structured(new CloudEvent({ id, source: '/shop', type: 'order.placed', data: { id }, tenant: 'acme' }))
    await client.publish(`{${namespace}}:topic:order.placed`, eventOf('once').body as string)
    await client.xadd(queue, '*', 'event', eventOf('kept').body as string)
    await eventually('both arrive', () => heard.length === 2)
    expect(heard).toEqual(
      expect.arrayContaining([
        ['once', '/shop', { tenant: 'acme' }, { id: 'once' }],
        ['kept', '/shop', { tenant: 'acme' }, { id: 'kept' }],
      ]),
    )
    await listener.close()
  })
})
