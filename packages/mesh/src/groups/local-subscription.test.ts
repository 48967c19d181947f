import { DeadLetters, type Delivery } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { makeFrame, settle, topicSpec } from '../../test/world.ts'
import { untouched } from '../wire/packets/packet.ts'
import { type Incoming, LocalSubscription } from './local-subscription.ts'

function createSubscription(prefetch: number, onDelivery: (delivery: Delivery) => void = () => undefined) {
  const deliveries: Delivery[] = []
  const told: string[] = []
  const deadLetters = new DeadLetters()
  const take = (delivery: Delivery) => {
    deliveries.push(delivery)
    onDelivery(delivery)
  }
  const subscription = new LocalSubscription(1, topicSpec('billing', prefetch), take, deadLetters)
  const push = (id: string, whole = true, source: object = subscription): Incoming => {
    const incoming: Incoming = {
      source,
      attempt: 1,
      frame: whole ? makeFrame(id, 1) : undefined,
      lost: false,
      settle: () => void told.push(`${id} settled`),
      nack: (delayMs: number) => void told.push(`${id} back ${delayMs}`),
      ageMs: () => undefined,
      consumed: () => void told.push(`${id} consumed`),
    }
    subscription.push(incoming)
    return incoming
  }
  return { subscription, push, deliveries, told, ids: () => deliveries.map(({ frame }) => frame.header.id) }
}

describe('a subscription of this side', () => {
  it('hands on as many as its prefetch, and one more for each that is settled', () => {
    const { push, deliveries, ids, subscription } = createSubscription(2)
    for (const id of ['1', '2', '3', '4']) push(id)
    expect(ids()).toEqual(['1', '2'])
    expect(subscription.queued).toBe(2)
    deliveries[1]?.ack()
    expect(ids()).toEqual(['1', '2', '3'])
    deliveries[0]?.nack()
    expect(ids()).toEqual(['1', '2', '3', '4'])
  })

  it('frees the credit of a frame when that is taken up, not when it comes', () => {
    const { push, told, deliveries } = createSubscription(1)
    push('1')
    push('2')
    expect(told).toEqual(['1 consumed'])
    deliveries[0]?.ack()
    expect(told).toEqual(['1 consumed', '1 settled', '2 consumed'])
  })

  it('goes through thousands that are settled within the call, without growing the stack', () => {
    const { push, ids, subscription } = createSubscription(1, delivery => subscription.unsettled > 0 && delivery.ack())
    const first = push('large', false)
    for (let i = 0; i < 20_000; i++) push(`${i}`)
    first.frame = makeFrame('large', 1)
    subscription.pump()
    expect(ids()).toHaveLength(20_001)
  })

  it('holds the place of a large frame until it is whole, or lost', () => {
    const { push, ids, subscription, told } = createSubscription(9)
    const [large, lost] = [push('large', false), push('lost', false)]
    push('small')
    expect(ids()).toEqual([])
    large.frame = makeFrame('large', 1)
    subscription.pump()
    expect(ids()).toEqual(['large'])
    lost.lost = true
    subscription.pump()
    expect(ids()).toEqual(['large', 'small'])
    expect(told).toContain('lost consumed')
  })

  it('does not keep back the frames of one link for a large one of another', () => {
    const { push, ids, subscription } = createSubscription(9)
    const [a, b] = [{}, {}]
    const large = push('large of a', false, a)
    for (const [id, source] of [
      ['1 of a', a],
      ['1 of b', b],
      ['2 of b', b],
    ] as const)
      push(id, true, source)
    expect(ids()).toEqual(['1 of b', '2 of b'])
    expect(subscription.queued).toBe(2)
    large.frame = makeFrame('large of a', 1)
    subscription.pump()
    push('2 of a', true, a)
    expect(ids().slice(2)).toEqual(['large of a', '1 of a', '2 of a'])
    expect(subscription.queued).toBe(0)
  })

  it('gives back a nacked frame with its delay, and settles a rejected one', () => {
    const { push, deliveries, told } = createSubscription(9)
    for (const id of ['1', '2']) push(id)
    deliveries[0]?.nack({ delayMs: 50 })
    deliveries[1]?.reject({ code: 'SM_X', message: 'no' })
    expect(told.slice(2)).toEqual(['1 back 50', '2 settled'])
  })

  it('drains until all that has come in is settled', async () => {
    const { push, deliveries, subscription } = createSubscription(1)
    for (const id of ['1', '2']) push(id)
    let drained = false
    void subscription.drain().then(() => {
      drained = true
    })
    deliveries[0]?.ack()
    await settle(1)
    expect(drained).toBe(false)
    deliveries[1]?.ack()
    await settle(1)
    expect(drained).toBe(true)
  })

  it('ends a drain when its signal aborts', async () => {
    const { push, subscription } = createSubscription(1)
    push('1')
    const controller = new AbortController()
    const draining = subscription.drain(controller.signal)
    controller.abort()
    await draining
  })

  it('gives back what is left when it closes, and heeds nothing after that', () => {
    const { push, deliveries, told, subscription } = createSubscription(1)
    for (const id of ['1', '2']) push(id)
    subscription.close()
    deliveries[0]?.ack()
    push('3')
    expect(told).toEqual(['1 consumed', '1 back 0', `2 back ${untouched}`, `3 back ${untouched}`])
  })
})
