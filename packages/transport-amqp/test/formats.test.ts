import { createAgent } from '@sm/core'
import { decodeFrame } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import '../src/index.ts'
import { Placed } from '../../../tooling/test/foreign-events.ts'
import { itReadsBothFormats } from '../../brokered/test/formats/reads-both-formats.ts'
import { readDeadLetters } from './dead-letters.ts'
import { next, World } from './world.ts'

describeWithBroker('amqp', {}, broker => {
  itReadsBothFormats({
    transport: 'amqp',
    options: () => ({ url: broker().url }),
    deadLetters: async namespace => (await readDeadLetters(broker().url, namespace)).length,
  })

  it('shows others the compact form as bytes of a content type of its own, without headers', async () => {
    await using world = new World({ url: broker().url })
    const { namespace } = world
    await using shop = await createAgent('shop', {
      namespace,
      transports: { amqp: { url: broker().url, format: 'compact' } },
    })
    const client = await world.client()
    const { queue } = await client.assertQueue('', { exclusive: true })
    await client.bindQueue(queue, `${namespace}.topics.once`, 'order.placed')
    const { id } = await shop.publish(Placed, { orderId: '7' })
    const { content, properties } = await next(client, queue)
    expect(properties).toMatchObject({ contentType: 'application/vnd.smartmessage.frame', messageId: id, headers: {} })
    const { header, body } = decodeFrame(content)
    expect([header.type, body.value()]).toEqual(['order.placed', { orderId: '7' }])
  })
})
