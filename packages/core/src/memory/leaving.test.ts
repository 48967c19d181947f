import { describe, expect, it } from 'vitest'
import { acks, listen, memoryWorld, order, topic } from '../../test/memory-world.ts'
import { memoryDeadLetters } from './hub.ts'

describe('a consumer that leaves without a drain', () => {
  it('hands back what it holds to the others, one attempt on', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport)
    transport.publish(order(1), topic)
    transport.publish(order(2), topic)
    await settle()
    const second = listen(transport)
    await first.subscription.close()
    await settle()
    expect(second.numbers()).toEqual([1, 2])
    expect(second.deliveries.map(({ attempt }) => attempt)).toEqual([2, 2])
  })

  it('can no longer settle what it handed back', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport)
    transport.publish(order(1), topic)
    await settle()
    await first.subscription.close()
    first.deliveries[0]?.ack()
    const second = listen(transport)
    await settle()
    expect(second.numbers()).toEqual([1])
  })

  it('hands back nothing that was sent at most once', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport)
    const second = listen(transport, { prefetch: 1 })
    transport.publish(order(1, { delivery: 'at-most-once' }), topic)
    await settle()
    await first.subscription.close()
    await settle()
    expect(second.numbers()).toEqual([])
  })

  it('leaves what waits to a successor that comes within the grace', async () => {
    const { open, settle, clock } = memoryWorld()
    const transport = await open('shop', { graceMs: 1_000 })
    const first = listen(transport, { prefetch: 1 })
    for (let n = 0; n < 3; n++) transport.publish(order(n), topic)
    await settle()
    await first.subscription.close()
    expect(transport.routes(topic)).toEqual([])
    await clock.advance(999)
    const second = listen(transport, {}, acks)
    await clock.advance(5_000)
    expect(second.numbers().toSorted()).toEqual([0, 1, 2])
  })

  it('leaves dead letters when nobody comes within the grace, delayed ones included', async () => {
    const { open, settle, clock, namespace } = memoryWorld()
    const transport = await open('shop', { graceMs: 1_000 })
    const { deliveries, subscription } = listen(transport, { prefetch: 2 })
    for (let n = 0; n < 3; n++) transport.publish(order(n), topic)
    await settle()
    deliveries[0]?.nack({ delayMs: 60_000 })
    await subscription.close()
    await clock.advance(999)
    expect(memoryDeadLetters(namespace)).toEqual([])
    await clock.advance(1)
    expect(
      memoryDeadLetters(namespace)
        .map(({ frame }) => (frame.body.value() as { n: number }).n)
        .toSorted(),
    ).toEqual([0, 1, 2])
    expect(new Set(memoryDeadLetters(namespace).map(({ reason }) => reason.code))).toEqual(
      new Set(['SM_DELIVERY_ABANDONED']),
    )
    expect(clock.pending).toBe(0)
  })
})
