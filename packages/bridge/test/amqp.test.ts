import '@sm/transport-amqp'
import { createAgent, type Header } from '@sm/core'
import { memory } from '@sm/core/memory'
import { connect } from 'amqplib'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { createBridge } from '../src/index.ts'

describeWithBroker('amqp', {}, broker => {
  it('a foreign CloudEvent on RabbitMQ crosses as it is', async () => {
    const namespace = `foreign-${Date.now().toString(36)}`
    const common = { namespace, logger: 'silent' } as const
    await using bridge = await createBridge({ ...common, from: broker().url, to: memory(), types: ['order.*'] })
    await using audit = await createAgent('audit', { ...common, transports: [memory()] })
    const got: Array<readonly [unknown, Header]> = []
    await audit.subscribePattern('order.*', (payload, { header }) => void got.push([payload, header]))
    const client = await connect(broker().url)
    const channel = await client.createChannel()
    channel.publish(`${namespace}.topics`, 'order.placed', Buffer.from('{"orderId":"7"}'), {
      contentType: 'application/json',
      persistent: true,
      headers: {
        ...{ cloudEvents_specversion: '1.0', cloudEvents_id: 'e/7', cloudEvents_source: '/shop' },
        ...{ cloudEvents_type: 'order.placed', cloudEvents_subject: 'orders/7', cloudEvents_smhops: 'many' },
      },
    })
    await eventually('it crosses', () => got.length === 1)
    expect(got).toMatchObject([
      [
        { orderId: '7' },
        {
          id: 'e/7',
          from: '/shop',
          type: 'order.placed',
          delivery: 'at-least-once',
          extensions: { subject: 'orders/7' },
        },
      ],
    ])
    expect((await bridge.health()).counters).toMatchObject({ forwarded: 1, badMarks: 1 })
    await client.close()
  })
})
