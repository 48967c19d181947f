import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type Msg } from '@nats-io/transport-node'
import { createAgent } from '@sm/core'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import '../src/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { areHeardOnceInEachGroup, isTriedAgain, Paid, Placed } from '../../../tooling/test/foreign-events.ts'
import { frameFor, inbox, listen, topic } from '../../../tooling/test/transport-world.ts'
import { quick, World } from './world.ts'

/** The headers of a writer who knows CloudEvents, and nothing of us. */
function eventHeaders(type: string, id: string, more: Readonly<Record<string, string>> = {}) {
  const written = headers()
  const attributes = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/shop', 'ce-type': type }
  for (const [name, value] of Object.entries({ 'content-type': 'application/json', ...attributes, ...more })) {
    written.set(name, value)
  }
  return written
}

describeWithBroker('nats', {}, broker => {
  const agent = (id: string, world: World) =>
    createAgent(id, { namespace: world.namespace, transports: { nats: { url: broker().url, ...quick } } })

  it('is heard at most once by one member of each group', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await areHeardOnceInEachGroup(
      id => agent(id, world),
      orderId => {
        const options = { headers: eventHeaders('order.placed', `e-${orderId}`) }
        client.publish(`${world.namespace}.topic.order.placed`, JSON.stringify({ orderId }), options)
      },
    )
  })

  it('is heard as an event in JSON, with no headers at all', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await using billing = await agent('billing', world)
    const heard: string[] = []
    await billing.subscribe(Placed, ({ orderId }, { from }) => void heard.push(`${orderId} ${from.agent}`)).ready
    const event = { specversion: '1.0', id: '1', source: 'till', type: 'order.placed', data: { orderId: '9' } }
    client.publish(`${world.namespace}.inbox.billing`, JSON.stringify(event))
    await eventually('it arrives', () => heard.length === 1)
    expect(heard).toEqual(['9 till'])
  })

  it('is handled at least once from JetStream, and tried again when a handler fails', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await isTriedAgain(
      id => agent(id, world),
      async () => {
        const ack = await jetstream(client).publish(`${world.namespace}.js.topic.order.paid._`, '{"orderId":"1"}', {
          headers: eventHeaders('order.paid', 'p-1'),
        })
        expect(ack.stream).toBe(world.namespace)
      },
    )
  })

  it('reads what agents send, plain or by a consumer of its own', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    await using shop = await agent('shop', world)
    const plain: Msg[] = []
    client.subscribe(`${world.namespace}.topic.order.>`, { callback: (_, msg) => void plain.push(msg) })
    const manager = await jetstreamManager(client)
    await manager.consumers.add(world.namespace, {
      durable_name: 'archive',
      filter_subject: `${world.namespace}.js.topic.order.>`,
      ack_policy: AckPolicy.Explicit,
    })
    await client.flush()
    const receipt = await shop.publish(Placed, { orderId: '1' })
    expect(receipt).toMatchObject({ evidence: 'accepted' })
    await eventually('it arrives', () => plain.length === 1)
    const [msg] = plain
    expect(msg?.subject).toBe(`${world.namespace}.topic.order.placed`)
    expect(msg?.json()).toEqual({ orderId: '1' })
    expect(msg?.headers?.get('ce-type')).toBe('order.placed')
    expect(msg?.headers?.get('ce-source')).toBe(`shop/${shop.instance}`)
    expect(msg?.headers?.get('content-type')).toBe('application/json')

    // A consumer that somebody else has made keeps the frame as well as one of ours.
    await eventually('the consumer is known', async () => {
      const { evidence } = await shop.publish(Paid, { orderId: '2' })
      return evidence === 'persisted'
    })
    const consumer = await jetstream(client).consumers.get(world.namespace, 'archive')
    const kept = await consumer.next({ expires: 5_000 })
    expect(kept?.json()).toEqual({ orderId: '2' })
    expect(kept?.headers?.get('ce-smdelivery')).toBe('at-least-once')
    kept?.ack()
  })

  it('is reported when it is no message, and becomes a dead letter where it would come again', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const listening = await listen(transport, 'order.*')
    const faults = async () => (await transport.health()).details.faults
    const bad: ReadonlyArray<readonly [string, string, ReturnType<typeof headers> | undefined]> = [
      ['order.a', 'no event at all', undefined],
      ['order.b', '{"specversion":"1.0"}', undefined],
      ['order.c', '{}', eventHeaders('not a type!', '1')],
      ['order.d', '{}', eventHeaders('order.d', '1', { 'ce-time': 'yesterday' })],
    ]
    for (const [name, body, written] of bad) {
      client.publish(`${world.namespace}.topic.${name}`, body, written && { headers: written })
      await client.request(
        `${world.namespace}.js.topic.${name}._`,
        body,
        written && { timeout: 60_000, headers: written },
      )
    }
    await eventually('each is reported', async () => (await faults()) === 8)
    const manager = await jetstreamManager(client)
    const dead = await eventually('each is a dead letter', async () => {
      const { state } = await manager.streams.info(`${world.namespace}=dead`)
      return state.messages === 4 && state
    })
    const first = await manager.streams.getMessage(`${world.namespace}=dead`, { seq: dead.first_seq })
    expect(first?.subject).toBe(`${world.namespace}.dead.topic.order.a`)
    expect(first?.header.get('sm-dead-code')).toBe('SM_NATS_EVENT')
    expect(first?.header.get('sm-dead-group')).toBe('listeners')
    expect(first?.string()).toBe('no event at all')
    await eventually('nothing is left', async () => (await manager.streams.info(world.namespace)).state.messages === 0)
    // And it goes on.
    await transport.publish(frameFor(topic('order.e'), 'fine'), topic('order.e'))
    await eventually('the next arrives', () => listening.payloads.includes('fine'))
    expect(await faults()).toBe(8)
  })

  it('finds rejected frames among the dead letters, with the reason', async () => {
    await using world = new World({ url: broker().url })
    const client = await world.client()
    const transport = await world.start()
    const reason = { code: 'SM_TEST', message: 'Not today: ü "quoted"\nnext' }
    await listen(transport, inbox('billing'), { onDelivery: delivery => delivery.reject(reason) })
    const sent = frameFor(inbox('billing'), { total: 1 })
    await transport.publish(sent, inbox('billing'))
    const manager = await jetstreamManager(client)
    const letter = await eventually('it is a dead letter', () =>
      manager.streams
        .getMessage(`${world.namespace}=dead`, { last_by_subj: `${world.namespace}.dead.inbox.billing` })
        .catch(() => undefined),
    )
    expect(letter?.header.get('ce-id')).toBe(sent.header.id)
    expect(letter?.header.get('sm-dead-code')).toBe('SM_TEST')
    expect(decodeURIComponent(letter?.header.get('sm-dead-reason') ?? '')).toBe(reason.message)
    expect(letter?.json()).toEqual({ total: 1 })
  })
})
