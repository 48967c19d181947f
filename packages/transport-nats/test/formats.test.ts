import type { Msg } from '@nats-io/transport-node'
import { createAgent } from '@sm/core'
import { decodeFrame } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import '../src/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Placed } from '../../../tooling/test/foreign-events.ts'
import { itReadsBothFormats } from '../../brokered/test/formats/reads-both-formats.ts'
import { readDeadLetters } from './dead-letters.ts'
import { World } from './world.ts'

describeWithBroker('nats', {}, broker => {
  itReadsBothFormats({
    transport: 'nats',
    options: () => ({ url: broker().url }),
    deadLetters: async namespace => (await readDeadLetters(broker().port, namespace)).length,
  })

  it('shows others the compact form as bytes without headers', async () => {
    await using world = new World({ url: broker().url })
    const { namespace } = world
    const client = await world.client()
    const seen: Msg[] = []
    client.subscribe(`${namespace}.topic.order.>`, { callback: (_, msg) => void seen.push(msg) })
    await client.flush()
    await using shop = await createAgent('shop', {
      namespace,
      transports: { nats: { url: broker().url, format: 'compact' } },
    })
    await shop.publish(Placed, { orderId: '7' })
    await eventually('it arrives', () => seen.length === 1)
    const [msg] = seen as [Msg]
    expect(msg.headers).toBeUndefined()
    const { header, body } = decodeFrame(msg.data)
    expect([header.type, body.value()]).toEqual(['order.placed', { orderId: '7' }])
  })
})
