import { headers, type Msg } from '@nats-io/transport-node'
import { type Frame, type Payload, toHeader } from '@sm/core/transport'
import { CloudEvent, HTTP, type Message } from 'cloudevents'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, topic } from '../../../tooling/test/transport-world.ts'
import { World } from './world.ts'

const payloads: readonly Payload[] = [{ orderId: '7', lines: [1, 2.5, null, 'ü'] }, 'text', new Uint8Array([0, 1, 254])]

/** What the SDK makes of a message: its HTTP binding has the same headers and the same encoding as that of NATS. */
function toSdk(msg: Msg): CloudEvent<unknown> {
  const written: Record<string, string> = {}
  for (const [name, [value = '']] of msg.headers ?? []) written[name.toLowerCase()] = decodeURIComponent(value)
  const isJson = written['content-type'] === 'application/json'
  const body = isJson ? msg.string() : Buffer.from(msg.data)
  return HTTP.toEvent({ headers: written, body } as Message) as CloudEvent<unknown>
}

describeWithBroker('nats', {}, broker => {
  it.each(payloads)('are what the SDK reads: %j', async payload => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const messages: Msg[] = []
    client.subscribe(`${world.namespace}.>`, { callback: (_, msg) => void messages.push(msg) })
    await client.flush()
    const transport = await world.start()
    await listen(transport, 'order.placed')
    const address = topic('order.placed')
    for (const delivery of ['at-most-once', 'at-least-once'] as const) {
      const { header, body } = frameFor(address, payload, { delivery })
      const extensions = { tenant: 'Müller & Söhne 100%', subject: 'orders/7' }
      await transport.publish({ header: { ...header, extensions }, body }, address)
    }
    const events = () => messages.filter(({ subject }) => /topic\.order\.placed/.test(subject))
    await eventually('both arrive', () => events().length === 2)
    for (const msg of events()) {
      const event = toSdk(msg)
      expect(event.validate()).toBe(true)
      expect(event).toMatchObject({
        ...{ type: 'order.placed', source: 'tester/1', specversion: '1.0' },
        ...{ subject: 'orders/7', tenant: 'Müller & Söhne 100%' },
      })
      if (payload instanceof Uint8Array) expect(Buffer.from(msg.data)).toEqual(Buffer.from(payload))
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
    for (const subject of [`${world.namespace}.inbox.billing`, `${world.namespace}.js.inbox.billing._`]) {
      for (const message of [HTTP.binary(event), HTTP.structured(event)]) {
        const written = headers()
        for (const [name, value] of Object.entries(message.headers)) written.set(name, String(value))
        client.publish(subject, message.body as string, { headers: written })
      }
    }
    await eventually('all arrive', () => frames.length === 4)
    for (const { header, body } of frames) {
      expect(header).toMatchObject({ id: '1', from: '/shop', type: 'order.placed', extensions: { tenant: 'acme' } })
      expect(header.time).toBe(Date.parse(event.time as string))
      expect(body.value()).toEqual({ total: 12 })
      expect(toHeader(header)).toEqual(header)
    }
    expect(frames.map(({ header }) => header.delivery).sort()).toEqual([
      ...['at-least-once', 'at-least-once', 'at-most-once', 'at-most-once'],
    ])
  })
})
