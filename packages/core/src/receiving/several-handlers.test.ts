import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failureOf, OrderPlaced, take } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import type { Agent } from '../agent/index.ts'
import { createMemoryDeduplication, type DeduplicationStore } from '../deduplication/index.ts'
import { memoryDeadLetters } from '../memory/index.ts'
import { defineMessage, unchecked } from '../message/index.ts'

describe('several handlers of one type in one agent', () => {
  it('each get the message once, and one that fails does not make the others run again', async () => {
    const { agent, clock } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const { numbers } = take(billing)
    let tries = 0
    billing.subscribe(OrderPlaced, () => {
      if (++tries < 3) throw new Error('not yet')
    })
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(10_000)
    expect([numbers, tries]).toEqual([[1], 3])
    expect((await billing.health()).counters).toMatchObject({ duplicates: 2, failed: 2, acked: 1, nacked: 2 })
  })
})

describe('the handlers of one type', () => {
  /** By what the store of handled messages tells them apart. */
  const keysOf = async (subscribe: (billing: Agent) => unknown) => {
    const { agent, clock, settle } = testWorld()
    const store = createMemoryDeduplication({ clock })
    const keys: string[] = []
    const deduplication: DeduplicationStore = {
      ...store,
      claim(handler, id) {
        keys.push(handler)
        return store.claim(handler, id)
      },
    }
    const [shop, billing] = [await agent('shop'), await agent('billing', { deduplication })]
    await subscribe(billing)
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    return keys
  }

  it('are told apart by their order, which is the same in each instance', async () => {
    expect(await keysOf(billing => [take(billing), take(billing)])).toEqual([
      'billing on order.placed #0',
      'billing on order.placed #1',
    ])
  })

  it('keep their place when one is closed and opened again: it knows what its predecessor has handled', async () => {
    const keys = await keysOf(async billing => {
      const subscription = billing.subscribe(OrderPlaced, () => {})
      take(billing)
      await subscription.close()
      take(billing)
    })
    expect(keys.toSorted()).toEqual(['billing on order.placed #0', 'billing on order.placed #1'])
  })

  it('may have names, but no two the same', async () => {
    expect(await keysOf(billing => take(billing, { name: 'ledger' }))).toEqual(['billing on order.placed #ledger'])
    const error = await failureOf(() =>
      keysOf(billing => [take(billing, { name: 'ledger' }), take(billing, { name: 'ledger' })]),
    )
    expect(error).toMatchObject({ code: 'SM_SUBSCRIPTION_OPTIONS', message: expect.stringContaining('"ledger"') })
  })
})

describe('a version', () => {
  const versioned = (version: number) => defineMessage('order.placed', { version, schema: unchecked<{ n: number }>() })

  it('that nobody accepts is reported, counted and given up with a reason', async () => {
    const { agent, settle, namespace } = testWorld()
    const lines: string[] = []
    const warn = (_fields: object, line: string) => void lines.push(line)
    const logger = { debug() {}, info() {}, warn, error() {} }
    const [shop, billing] = [await agent('shop'), await agent('billing', { logger })]
    billing.subscribe(versioned(1), () => expect.unreachable())
    await shop.publish(versioned(2), { n: 1 })
    await settle()
    expect((await billing.health()).counters).toMatchObject({ unaccepted: 1, rejected: 1, handled: 0 })
    expect(lines).toEqual(['A message was unaccepted'])
    expect(memoryDeadLetters(namespace)).toMatchObject([
      {
        reason: {
          code: 'SM_VERSION_UNACCEPTED',
          message: expect.stringMatching(/order\.placed came in version 2 to billing .* takes version 1\./),
        },
      },
    ])
  })

  it('is taken by the handlers that accept it, and by those that can turn it into theirs', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const New = defineMessage('order.placed', {
      version: 2,
      schema: z.object({ number: z.number() }),
      upcast: { 1: ({ n }: { n: number }) => ({ number: n }) },
    })
    const taken: unknown[] = []
    billing.subscribe(New, order => void taken.push(order))
    billing.subscribe(versioned(1), order => void taken.push(order), { versions: [1, 7] })
    await shop.publish(versioned(1), { n: 1 })
    await shop.publish(New, { number: 2 })
    await shop.publish(versioned(7), { n: 3 })
    await settle()
    expect(taken).toEqual([{ number: 1 }, { n: 1 }, { number: 2 }, { n: 3 }])
  })
})
