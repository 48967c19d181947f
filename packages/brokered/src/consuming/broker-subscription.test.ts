import type { Delivery, Settlement, SubscriptionSpec } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/make-frame.ts'
import type { BrokerDriver, Consumption, Sink } from '../driver.ts'
import { BrokerSubscription } from './broker-subscription.ts'

const spec = (prefetch: number): SubscriptionSpec => ({
  target: { kind: 'pattern', pattern: 'order.placed' },
  group: 'billing',
  prefetch,
  durable: false,
})

function open(prefetch = 2) {
  const settled: Array<readonly [unknown, Settlement['kind']]> = []
  const state = { retired: false, closedWith: undefined as readonly unknown[] | undefined, dropped: 0, more: 0 }
  let retire = () => {}
  let sink!: Sink<unknown>
  const consumption: Consumption<unknown> = {
    ready: Promise.resolve(),
    settle: (token, { kind }) => void settled.push([token, kind]),
    more: () => {
      state.more += 1
    },
    retire: () =>
      new Promise(resolve => {
        retire = resolve
      }),
    close: async tokens => {
      state.closedWith = tokens
    },
  }
  const driver = {
    consume: (_: SubscriptionSpec, given: Sink<unknown>) => {
      sink = given
      return consumption
    },
  } as unknown as BrokerDriver
  const deliveries: Delivery[] = []
  const host = {
    dropped: () => {
      state.dropped += 1
    },
    closed: () => {},
  }
  const subscription = new BrokerSubscription(spec(prefetch), delivery => deliveries.push(delivery), driver, host)
  return { subscription, sink, deliveries, settled, state, retired: () => retire() }
}

describe('a subscription at a broker', () => {
  it('never hands on more than its prefetch, and tells how much room there is', () => {
    const { sink, deliveries, settled } = open(2)
    expect(sink.room).toBe(2)
    for (const token of [1, 2]) sink.take(makeFrame(`m${token}`), 1, token)
    for (let i = 0; i < 3; i++) sink.takeOnce(makeFrame(`once${i}`, 'at-most-once'))
    expect(deliveries).toHaveLength(2)
    expect(sink.room).toBe(0)
    deliveries[0]?.ack()
    expect(deliveries).toHaveLength(3)
    expect(settled).toEqual([[1, 'ack']])
    deliveries[2]?.ack()
    // Nobody hears how a frame ended that was sent at most once.
    expect(settled).toEqual([[1, 'ack']])
  })

  it('forgets what goes back to the broker by itself', () => {
    const { sink, deliveries, settled } = open(2)
    sink.take(makeFrame('a'), 1, 1)
    sink.takeOnce(makeFrame('b', 'at-most-once'))
    sink.lost()
    expect(sink.room).toBe(1)
    for (const delivery of deliveries) delivery.nack()
    expect(settled).toEqual([])
    expect(sink.room).toBe(2)
  })

  it('drops what was sent at most once when too many wait', () => {
    const { sink, state } = open(1)
    for (let i = 0; i < 5_000; i++) sink.takeOnce(makeFrame(`m${i}`, 'at-most-once'))
    expect(state.dropped).toBe(5_000 - 1 - 4_096)
  })

  it('drains: what was handed over is settled, what still comes is too, then it closes', async () => {
    const { subscription, sink, deliveries, state, retired } = open(2)
    sink.take(makeFrame('a'), 1, 1)
    const closing = subscription.close({ drain: true })
    sink.take(makeFrame('b'), 1, 2)
    for (const delivery of deliveries) delivery.ack()
    expect(state.closedWith).toBeUndefined()
    retired()
    await closing
    expect(deliveries).toHaveLength(2)
    expect(state.closedWith).toEqual([])
  })

  it('hands back what is unsettled, in order, when it is closed without a drain or the drain is cut short', async () => {
    for (const drain of [false, true]) {
      const { subscription, sink, deliveries, settled, state } = open(4)
      for (const token of [1, 2, 3]) sink.take(makeFrame(`m${token}`), 1, token)
      deliveries[1]?.ack()
      const hurry = new AbortController()
      const closing = subscription.close({ drain, signal: hurry.signal })
      hurry.abort()
      await closing
      expect(state.closedWith).toEqual([1, 3])
      deliveries[0]?.ack()
      expect(settled).toEqual([[2, 'ack']])
      expect(sink.room).toBe(0)
    }
  })
})
