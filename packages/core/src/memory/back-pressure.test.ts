import { describe, expect, it } from 'vitest'
import { acks, listen, memoryWorld, order, topic } from '../../test/memory-world.ts'
import { smError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import { publishOutcome } from '../transport-kit/index.ts'

/** Whether a promise has settled, told a moment later. */
async function pending(promise: MaybePromise<unknown>, settle: () => Promise<void>): Promise<boolean> {
  let ended = false
  const end = () => {
    ended = true
  }
  Promise.resolve(promise).then(end, end)
  await settle()
  return !ended
}

describe('a publish to a full group', () => {
  it('waits for room, and passes as soon as there is some', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop', { maxQueued: 2 })
    const { deliveries, numbers } = listen(transport, { prefetch: 1 })
    transport.publish(order(0), topic)
    await settle()
    expect([1, 2].map(n => isPromise(transport.publish(order(n), topic)))).toEqual([false, false])
    const waiting = transport.publish(order(3), topic)
    expect(await pending(waiting, settle)).toBe(true)
    deliveries[0]?.ack()
    expect(await pending(waiting, settle)).toBe(false)
    expect(await waiting).toEqual({ evidence: 'accepted', copies: 1 })
    expect(numbers()).toEqual([0, 1])
  })

  it('keeps the order of those who wait, and no newcomer passes them', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    const other = await open('desk', { maxQueued: 1 })
    const { deliveries, numbers } = listen(transport, { prefetch: 1 })
    const publishes: MaybePromise<unknown>[] = []
    for (let n = 0; n < 8; n++) publishes.push((n % 2 ? other : transport).publish(order(n), topic))
    await settle()
    for (let n = 0; n < 8; n++) {
      deliveries[n]?.ack()
      publishes.push(transport.publish(order(8 + n), topic))
      await settle()
    }
    expect(numbers()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    for (let n = 8; n < 16; n++) {
      deliveries[n]?.ack()
      await settle()
    }
    expect(numbers()).toEqual(Array.from({ length: 16 }, (_, n) => n))
    await Promise.all(publishes)
  })

  it('ends with the reason of its signal, and is then never delivered', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    const { deliveries, numbers } = listen(transport, { prefetch: 1 })
    const controller = new AbortController()
    transport.publish(order(0), topic)
    await settle()
    transport.publish(order(1), topic)
    const given = transport.publish(order(2), topic, { signal: controller.signal })
    const after = transport.publish(order(3), topic)
    controller.abort(new Error('no patience'))
    await expect(given).rejects.toThrow('no patience')
    for (let n = 0; n < 3; n++) {
      deliveries[n]?.ack()
      await settle()
    }
    await after
    expect(numbers()).toEqual([0, 1, 3])
  })

  it('with a signal that is aborted already does not wait', async () => {
    const { open } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    listen(transport, { prefetch: 1 })
    transport.publish(order(0), topic)
    const signal = AbortSignal.abort(new Error('no patience'))
    await expect((async () => transport.publish(order(1), topic, { signal }))()).rejects.toThrow('no patience')
  })

  it('is not held up by another group that is full, but waits for both', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    const slow = listen(transport, { prefetch: 1, group: 'slow' })
    const quick = listen(transport, { group: 'quick' }, acks)
    transport.publish(order(0), topic)
    await settle()
    transport.publish(order(1), topic)
    await settle()
    const both = transport.publish(order(2), topic)
    expect(await pending(both, settle)).toBe(true)
    expect(quick.numbers()).toEqual([0, 1, 2])
    slow.deliveries[0]?.ack()
    expect(await both).toEqual({ evidence: 'accepted', copies: 2 })
  })

  it('that gives up although another group has it says that someone may have got it', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    listen(transport, { prefetch: 1, group: 'slow' })
    const quick = listen(transport, { group: 'quick' }, acks)
    transport.publish(order(0), topic)
    await settle()
    transport.publish(order(1), topic)
    await settle()
    const controller = new AbortController()
    const both = transport.publish(order(2), topic, { signal: controller.signal })
    controller.abort(smError('SM_PUBLISH_TIMEOUT', 'No room', { details: { outcome: 'failed' } }))
    const error = await Promise.resolve(both).catch(thrown => thrown)
    expect(quick.numbers()).toEqual([0, 1, 2])
    expect(error).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'unknown' } })
    expect(publishOutcome(error)).toBe('unknown')
  })

  it('is refused when the last consumer leaves, and nobody has got it', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    const { subscription } = listen(transport, { prefetch: 1 })
    transport.publish(order(0), topic)
    await settle()
    transport.publish(order(1), topic)
    const waiting = Promise.resolve(transport.publish(order(2), topic)).catch(thrown => thrown)
    await subscription.close()
    expect(await waiting).toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } })
  })

  it('goes on when a delayed frame counts as queued and comes back', async () => {
    const { open, settle, clock } = memoryWorld()
    const transport = await open('shop', { maxQueued: 1 })
    const { deliveries, numbers } = listen(transport)
    transport.publish(order(0), topic)
    await settle()
    deliveries[0]?.nack({ delayMs: 100 })
    const waiting = transport.publish(order(1), topic)
    expect(await pending(waiting, settle)).toBe(true)
    await clock.advance(100)
    await waiting
    expect(numbers()).toEqual([0, 0, 1])
  })
})

describe('a consumer', () => {
  it('never holds more than its prefetch, and settling makes room', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const { deliveries, numbers } = listen(transport, { prefetch: 2 })
    for (let n = 0; n < 5; n++) transport.publish(order(n), topic)
    await settle()
    expect(numbers()).toEqual([0, 1])
    deliveries[1]?.ack()
    await settle()
    expect(numbers()).toEqual([0, 1, 2])
    deliveries[0]?.nack()
    await settle()
    expect(numbers()).toEqual([0, 1, 2, 3])
  })

  it('shares a group fairly: while all have room, each gets its turn', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const members = [1, 2, 3].map(() => listen(transport, {}, acks))
    for (let n = 0; n < 9; n++) transport.publish(order(n), topic)
    await settle()
    expect(members.map(member => member.deliveries.length)).toEqual([3, 3, 3])
  })

  it('that is stuck leaves its share to the others once it is full', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const stuck = listen(transport, { prefetch: 1 })
    const busy = listen(transport, { prefetch: 1 }, acks)
    for (let n = 0; n < 9; n++) transport.publish(order(n), topic)
    await settle()
    expect([stuck.deliveries.length, busy.deliveries.length]).toEqual([1, 8])
  })
})
