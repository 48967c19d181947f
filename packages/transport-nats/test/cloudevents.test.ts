import { headers, type Msg } from '@nats-io/transport-node'
import { type CloudEvent, HTTP, type Message } from 'cloudevents'
import { it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import {
  areReadAsTheSdkWrites,
  expectReadBySdk,
  sdkExtensions,
  sdkPayloads,
} from '../../../tooling/test/cloudevents.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, listen, topic } from '../../../tooling/test/transport-world.ts'
import { World } from './world.ts'

/** The event that the SDK reads from a message: its HTTP binding has the same headers and the same encoding as that of NATS. */
function toSdk(msg: Msg): CloudEvent<unknown> {
  const written: Record<string, string> = {}
  for (const [name, [value = '']] of msg.headers ?? []) written[name.toLowerCase()] = decodeURIComponent(value)
  const isJson = written['content-type'] === 'application/json'
  const body = isJson ? msg.string() : Buffer.from(msg.data)
  return HTTP.toEvent({ headers: written, body } as Message) as CloudEvent<unknown>
}

describeWithBroker('nats', {}, broker => {
  it.each(sdkPayloads)('are what the SDK reads: %j', async payload => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const messages: Msg[] = []
    client.subscribe(`${world.namespace}.>`, { callback: (_, msg) => void messages.push(msg) })
    await client.flush()
    const transport = await world.start()
    await listen(transport, 'order.placed')
    const address = topic('order.placed')
    for (const delivery of ['at-most-once', 'at-least-once'] as const) {
      await transport.publish(frameFor(address, payload, { delivery, extensions: sdkExtensions }), address)
    }
    const events = () => messages.filter(({ subject }) => /topic\.order\.placed/.test(subject))
    await eventually('both arrive', () => events().length === 2)
    for (const msg of events()) expectReadBySdk(toSdk(msg), payload, msg.data)
  })

  it('are read as the SDK writes them, in both modes and at both levels', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await areReadAsTheSdkWrites(await world.start(), (message, delivery) => {
      const written = headers()
      for (const [name, value] of Object.entries(message.headers)) written.set(name, String(value))
      const subject = delivery === 'at-most-once' ? 'inbox.billing' : 'js.inbox.billing._'
      client.publish(`${world.namespace}.${subject}`, message.body as string, { headers: written })
    })
  })
})
