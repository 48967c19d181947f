import { expect, it } from 'vitest'
import { failureOf, OrderPlaced } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'

it('publishes that nobody awaits are refused beyond maxPublishes, and taken again when there is room', async () => {
  const { agent, settle } = testWorld()
  const billing = await agent('billing', { transports: { memory: { maxQueued: 1 } } })
  const shop = await agent('shop', { maxPublishes: 2 })
  let open = () => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const handled: number[] = []
  const handle = async ({ n }: { n: number }) => {
    await gate
    handled.push(n)
  }
  billing.subscribe(OrderPlaced, handle, { concurrency: 1, prefetch: 1 })
  await shop.publish(OrderPlaced, { n: 1 })
  await settle()
  await shop.publish(OrderPlaced, { n: 2 })
  const waiting = [3, 4].map(n => shop.publish(OrderPlaced, { n }))
  const refused = await failureOf(() => shop.publish(OrderPlaced, { n: 5 }))
  expect(refused).toMatchObject({ code: 'SM_PUBLISH_LIMIT', retryable: true, details: { outcome: 'failed' } })
  open()
  await settle()
  await Promise.all(waiting)
  await shop.publish(OrderPlaced, { n: 6 })
  await settle()
  expect(handled).toEqual([1, 2, 3, 4, 6])
  expect((await shop.health()).counters.publishFailed).toBe(1)
})
