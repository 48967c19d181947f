import { createAgent } from '@sm/core'
import { decodeFrame } from '@sm/core/transport'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import '../src/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Placed } from '../../../tooling/test/foreign-events.ts'
import { itReadsBothFormats } from '../../brokered/test/formats/reads-both-formats.ts'
import { readDeadLetters } from './dead-letters.ts'
import { freshNamespace } from './station.ts'

describeWithBroker('redis', {}, broker => {
  itReadsBothFormats({
    transport: 'redis',
    options: () => ({ url: broker().url }),
    deadLetters: async namespace => (await readDeadLetters(broker().url, namespace)).length,
  })

  it('shows others the compact form as bytes', async () => {
    const namespace = freshNamespace()
    const seen: Buffer[] = []
    const listening = new Redis(broker().url)
    listening.on('messageBuffer', (_channel, message) => void seen.push(message))
    await listening.subscribe(`{${namespace}}:topic:order.placed`)
    await using shop = await createAgent('shop', {
      namespace,
      transports: { redis: { url: broker().url, format: 'compact' } },
    })
    await shop.publish(Placed, { orderId: '7' })
    await eventually('it arrives', () => seen.length === 1)
    listening.disconnect()
    const { header, body } = decodeFrame(seen[0] as Buffer)
    expect([header.type, body.value()]).toEqual(['order.placed', { orderId: '7' }])
  })
})
