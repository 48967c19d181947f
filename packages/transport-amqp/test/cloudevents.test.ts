import type { GetMessage } from 'amqplib'
import { type CloudEvent, HTTP, type Message } from 'cloudevents'
import { it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import {
  areReadAsTheSdkWrites,
  expectReadBySdk,
  sdkExtensions,
  sdkPayloads,
} from '../../../tooling/test/cloudevents.ts'
import { frameFor, topic } from '../../../tooling/test/transport-world.ts'
import { next, World } from './world.ts'

/** The event that the SDK reads from a message. It has no binding for AMQP: the one of HTTP is the same with another prefix. */
function toSdk({ properties, content }: GetMessage): CloudEvent<unknown> {
  const headers: Record<string, string> = { 'content-type': properties.contentType }
  for (const [name, value] of Object.entries(properties.headers ?? {})) {
    if (name.startsWith('cloudEvents_')) headers[`ce-${name.slice('cloudEvents_'.length)}`] = value
  }
  const isJson = properties.contentType === 'application/json'
  return HTTP.toEvent({ headers, body: isJson ? String(content) : content } as Message) as CloudEvent<unknown>
}

describeWithBroker('amqp', {}, broker => {
  it.each(sdkPayloads)('are what the SDK reads: %j', async payload => {
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
      await transport.publish(frameFor(address, payload, { delivery, extensions: sdkExtensions }), address)
      const message = await next(client, queue)
      expectReadBySdk(toSdk(message), payload, message.content)
    }
  })

  it('are read as the SDK writes them, in both modes and at both levels', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await areReadAsTheSdkWrites(await world.start(), ({ headers, body }, delivery) => {
      const written: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(headers)) {
        if (name.startsWith('ce-')) written[`cloudEvents_${name.slice(3)}`] = value
      }
      const persistent = delivery === 'at-least-once'
      const properties = { contentType: String(headers['content-type']), headers: written, persistent }
      client.publish(`${world.namespace}.inboxes`, 'billing', Buffer.from(body as string), properties)
    })
  })
})
