import { type Frame, type Payload, toHeader } from '@sm/core/transport'
import type { GetMessage } from 'amqplib'
import { CloudEvent, HTTP, type Message } from 'cloudevents'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, topic } from '../../../tooling/test/transport-world.ts'
import { next, World } from './world.ts'

const payloads: readonly Payload[] = [{ orderId: '7', lines: [1, 2.5, null, 'ü'] }, 'text', new Uint8Array([0, 1, 254])]

/** What the SDK makes of a message. It has no binding for AMQP: the one of HTTP is the same with another prefix. */
function toSdk({ properties, content }: GetMessage): CloudEvent<unknown> {
  const headers: Record<string, string> = { 'content-type': properties.contentType }
  for (const [name, value] of Object.entries(properties.headers ?? {})) {
    if (name.startsWith('cloudEvents_')) headers[`ce-${name.slice('cloudEvents_'.length)}`] = value
  }
  const isJson = properties.contentType === 'application/json'
  return HTTP.toEvent({ headers, body: isJson ? String(content) : content } as Message) as CloudEvent<unknown>
}

describeWithBroker('amqp', {}, broker => {
  it.each(payloads)('are what the SDK reads: %j', async payload => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    const client = await world.client()
    const address = topic('order.placed')
    for (const [exchange, delivery] of [
      ['topics', 'at-least-once'],
      ['topics.once', 'at-most-once'],
    ] as const) {
      const { queue } = await client.assertQueue('', { exclusive: true })
      await client.bindQueue(queue, `${world.namespace}.${exchange}`, '#')
      const extensions = { tenant: 'Müller & Söhne 100%', subject: 'orders/7' }
      await transport.publish(frameFor(address, payload, { delivery, extensions }), address)
      const message = await next(client, queue)
      const event = toSdk(message)
      expect(event.validate()).toBe(true)
      expect(event).toMatchObject({
        ...{ type: 'order.placed', source: 'tester/1', specversion: '1.0' },
        ...{ subject: 'orders/7', tenant: 'Müller & Söhne 100%' },
      })
      if (payload instanceof Uint8Array) expect(message.content).toEqual(Buffer.from(payload))
      else expect(event.data ?? null).toEqual(payload)
    }
  })

  it('are read as the SDK writes them, in both modes and at both levels', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const frames: Frame[] = []
    await listen(transport, inbox('billing'), {
      onDelivery: delivery => {
        frames.push(delivery.frame)
        delivery.ack()
      },
    })
    const event = new CloudEvent({
      id: '1',
      source: '/shop',
      type: 'order.placed',
      data: { total: 12 },
      tenant: 'acme',
    })
    for (const persistent of [true, false]) {
      for (const { headers, body } of [HTTP.binary(event), HTTP.structured(event)]) {
        const written: Record<string, unknown> = {}
        for (const [name, value] of Object.entries(headers)) {
          if (name.startsWith('ce-')) written[`cloudEvents_${name.slice(3)}`] = value
        }
        const properties = { contentType: String(headers['content-type']), headers: written, persistent }
        client.publish(`${world.namespace}.inboxes`, 'billing', Buffer.from(body as string), properties)
      }
    }
    await eventually('all arrive', () => frames.length === 4)
    for (const { header, body } of frames) {
      expect(header).toMatchObject({ id: '1', from: '/shop', type: 'order.placed', extensions: { tenant: 'acme' } })
      expect(header.time).toBe(Date.parse(event.time as string))
      expect(body.value()).toEqual({ total: 12 })
      expect(toHeader(header)).toEqual(header)
    }
    const levels = frames.map(({ header }) => header.delivery)
    expect(levels).toEqual(['at-least-once', 'at-least-once', 'at-most-once', 'at-most-once'])
  })
})
