import { type Channel, channel } from 'node:diagnostics_channel'
import { describe, expect, it, onTestFinished } from 'vitest'
import { failureOf, OrderPlaced, take } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { diagnostics, type FailureEvent, type PublishEvent, type SettleEvent } from './diagnostics.ts'

/** The events of a channel until the test has finished. */
function watch<Event>(watched: Channel): Event[] {
  const events: Event[] = []
  const onMessage = (event: unknown) => void events.push(event as Event)
  watched.subscribe(onMessage)
  onTestFinished(() => void watched.unsubscribe(onMessage))
  return events
}

describe('the diagnostics channels', () => {
  it('are found by their names, by tools that do not import the library', () => {
    expect(Object.entries(diagnostics).map(([name, { name: full }]) => [name, full])).toEqual([
      ['publish', 'smartmessage:publish'],
      ['delivery', 'smartmessage:delivery'],
      ['settle', 'smartmessage:settle'],
      ['failure', 'smartmessage:failure'],
    ])
    expect(channel('smartmessage:publish')).toBe(diagnostics.publish)
  })

  it('tell of each publish, delivery and settlement, with the header and who tells', async () => {
    const [published, delivered, settled] = [
      watch<PublishEvent>(diagnostics.publish),
      watch(diagnostics.delivery),
      watch(diagnostics.settle),
    ]
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    take(billing)
    const { id } = await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    const header = expect.objectContaining({ id, type: 'order.placed', version: 1, from: `shop/${shop.instance}` })
    const here = { agent: 'billing', instance: billing.instance, header, transport: 'memory', attempt: 1 }
    expect(published).toEqual([{ agent: 'shop', instance: shop.instance, header, transports: ['memory'] }])
    expect(delivered).toEqual([here])
    expect(settled).toEqual([{ ...here, outcome: 'ack', reason: undefined }])
  })

  it('tell of each failure, and why a message was given up', async () => {
    const [failed, settled] = [watch<FailureEvent>(diagnostics.failure), watch<SettleEvent>(diagnostics.settle)]
    const { agent, clock } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    billing.subscribe(
      OrderPlaced,
      () => {
        throw new Error('no stock')
      },
      { retry: { maxAttempts: 2 } },
    )
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(10_000)
    await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'nobody' }))
    expect(failed).toMatchObject([
      { agent: 'billing', operation: 'handle', error: { code: 'SM_HANDLER_FAILED' } },
      { agent: 'billing', operation: 'handle', error: { code: 'SM_HANDLER_FAILED' } },
      { agent: 'shop', operation: 'publish', error: { code: 'SM_ROUTE_NONE' }, header: { to: 'nobody' } },
    ])
    expect(settled.map(({ outcome, attempt, reason }) => [outcome, attempt, reason])).toEqual([
      ['nack', 1, undefined],
      ['reject', 2, 'SM_HANDLER_FAILED'],
    ])
  })
})
