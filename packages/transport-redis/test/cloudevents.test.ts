import { type CloudEvent, HTTP, type Message } from 'cloudevents'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { areReadAsTheSdkWrites, sdkPayloads } from '../../../tooling/test/cloudevents.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const headers = { 'content-type': 'application/cloudevents+json' }
/** Besides those of every wire, values that only an event in JSON tells apart. */
const payloads = [...sdkPayloads, 42, null]

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
    const inbox = `{${namespace}}:queue:listeners:inbox:billing`
    await areReadAsTheSdkWrites(
      station.transport,
      ({ body }, delivery) =>
        delivery === 'at-most-once'
          ? client.publish(`{${namespace}}:inbox:billing`, body as string)
          : client.xadd(inbox, '*', 'event', body as string),
      // Redis has no headers, in which the other mode has its attributes.
      ['structured'],
    )
  })
})
