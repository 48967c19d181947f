import { describe, expect, it } from 'vitest'
import { acks, inbox, listen, memoryWorld, order, topic } from '../../test/memory-world.ts'

/** Whether a promise has settled by now. */
function watch(promise: Promise<unknown>): () => boolean {
  let ended = false
  void promise.then(() => {
    ended = true
  })
  return () => ended
}

describe('a consumer that drains', () => {
  it('takes nothing new and waits until what it holds is settled', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const { deliveries, subscription } = listen(transport)
    transport.publish(order(1), topic)
    await settle()
    const closed = watch(subscription.close({ drain: true }))
    expect(transport.publish(order(2), topic)).toEqual({ evidence: 'none', copies: 0 })
    await settle()
    expect(closed()).toBe(false)
    deliveries[0]?.ack()
    await settle()
    expect(closed()).toBe(true)
    expect(deliveries).toHaveLength(1)
  })

  it('is refused as the way to an inbox from then on', async () => {
    const { open } = memoryWorld()
    const transport = await open('shop')
    const { subscription } = listen(transport, { target: inbox('billing') })
    void subscription.close({ drain: true })
    expect(() => transport.publish(order(1), inbox('billing'))).toThrow(
      expect.objectContaining({ code: 'SM_ROUTE_NONE' }),
    )
  })

  it('still gets what was accepted and can go to nobody else, retries too', async () => {
    const { open, settle, clock } = memoryWorld()
    const transport = await open('shop')
    let tries = 0
    const { subscription, numbers } = listen(transport, { prefetch: 1 }, delivery => {
      if (++tries === 1) delivery.nack({ delayMs: 500 })
      else delivery.ack()
    })
    for (let n = 0; n < 3; n++) transport.publish(order(n), topic)
    const closed = watch(subscription.close({ drain: true }))
    await settle()
    expect([numbers(), closed()]).toEqual([[0, 1, 2], false])
    await clock.advance(500)
    expect([numbers(), closed()]).toEqual([[0, 1, 2, 0], true])
  })

  it('leaves what waits to the others', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport, { prefetch: 1 })
    const second = listen(transport, { prefetch: 1 })
    for (let n = 0; n < 6; n++) transport.publish(order(n), topic)
    await settle()
    const closed = watch(first.subscription.close({ drain: true }))
    first.deliveries[0]?.ack()
    await settle()
    expect([first.deliveries.length, closed()]).toEqual([1, true])
    expect(second.deliveries).toHaveLength(1)
  })

  it('leaves what waits to one that comes while it drains, and does not wait for it', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport, { prefetch: 1 })
    for (let n = 0; n < 6; n++) transport.publish(order(n), topic)
    await settle()
    const closed = watch(first.subscription.close({ drain: true }))
    const second = listen(transport, { prefetch: 1 })
    first.deliveries[0]?.ack()
    await settle()
    expect([first.numbers(), second.deliveries.length, closed()]).toEqual([[0], 1, true])
  })

  it('hands back the rest when its signal aborts', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport, { prefetch: 1 })
    for (let n = 0; n < 3; n++) transport.publish(order(n), topic)
    await settle()
    const controller = new AbortController()
    const closed = watch(first.subscription.close({ drain: true, signal: controller.signal }))
    controller.abort()
    await settle()
    expect(closed()).toBe(true)
    const second = listen(transport, {}, acks)
    await settle()
    expect(second.numbers().toSorted()).toEqual([0, 1, 2])
  })

  it('hands back the rest when it is closed without a drain in the middle of it', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport, { prefetch: 1 })
    transport.publish(order(1), topic)
    await settle()
    const closed = watch(first.subscription.close({ drain: true }))
    await transport.stop()
    expect(closed()).toBe(true)
  })

  it('is closed once, however often it is asked to', async () => {
    const { open } = memoryWorld()
    const transport = await open('shop')
    const { subscription } = listen(transport)
    await Promise.all([subscription.close({ drain: true }), subscription.close(), subscription.close({ drain: true })])
  })
})

describe('two consumers that drain at the same time', () => {
  it('lose nothing when the first to leave is not the last to fail', async () => {
    const { open, settle, clock } = memoryWorld()
    const transport = await open('shop')
    const slow = listen(transport, { prefetch: 1 })
    const idle = listen(transport, { prefetch: 1 })
    transport.publish(order(1), topic)
    await settle()
    const [holder, other] = slow.deliveries.length > 0 ? [slow, idle] : [idle, slow]
    const holderClosed = watch(holder.subscription.close({ drain: true }))
    await other.subscription.close({ drain: true })
    holder.deliveries[0]?.nack({ delayMs: 10 })
    await settle()
    expect(holderClosed()).toBe(false)
    await clock.advance(10)
    expect(holder.numbers()).toEqual([1, 1])
    holder.deliveries[1]?.ack()
    await settle()
    expect(holderClosed()).toBe(true)
  })

  it('lose nothing to a successor, and harm it in nothing', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const first = listen(transport, { prefetch: 1 })
    const second = listen(transport, { prefetch: 1 })
    transport.publish(order(1), topic)
    await settle()
    const [holder, other] = first.deliveries.length > 0 ? [first, second] : [second, first]
    void holder.subscription.close({ drain: true })
    await other.subscription.close({ drain: true })
    const successor = listen(transport, {}, acks)
    holder.deliveries[0]?.nack()
    await settle()
    transport.publish(order(2), topic)
    await settle()
    expect(successor.numbers()).toEqual([1, 2])
  })
})
