import { type Agent, defineMessage, unchecked } from '@sm/core'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import { numbers } from './transport-world.ts'

interface Order {
  readonly orderId: string
}

/** The messages of strangers, who know CloudEvents and nothing of us. */
export const Placed = defineMessage('order.placed', { schema: unchecked<Order>(), delivery: 'at-most-once' })
export const Paid = defineMessage('order.paid', { schema: unchecked<Order>() })

/** Makes an agent on the transport under test. */
type MakeAgent = (id: string) => Promise<Agent>

const count = 40

/** Has two groups hear events of type `order.placed` with a payload of `{ orderId }`, which `send` publishes as a stranger does. */
export async function areHeardOnceInEachGroup(agent: MakeAgent, send: (orderId: string) => unknown): Promise<void> {
  await using billing = await agent('billing')
  await using twin = await agent('billing')
  await using audit = await agent('audit')
  const billed: (readonly [order: string, member: string])[] = []
  const audited: string[] = []
  for (const [member, each] of Object.entries({ billing, twin })) {
    await each.subscribe(Placed, ({ orderId }) => void billed.push([orderId, member]))
  }
  await audit.subscribePattern('order.#', order => void audited.push((order as unknown as Order).orderId))
  const all = numbers(count).map(String)
  for (const orderId of all) await send(orderId)
  await eventually('all arrive', () => billed.length >= count && audited.length >= count)
  // A round trip later nothing has come twice.
  await send('last')
  await eventually(
    'the last arrives',
    () => [...billed.map(([order]) => order), ...audited].filter(isLast).length === 2,
  )
  expect(sorted(billed.map(([order]) => order))).toEqual(sorted([...all, 'last']))
  expect(sorted(audited)).toEqual(sorted([...all, 'last']))
  expect(new Set(billed.map(([, member]) => member)).size, 'Both members took some').toBe(2)
}

const isLast = (order: string) => order === 'last'
const sorted = (texts: readonly string[]) => [...texts].sort()

/** Has a handler fail twice at an event of type `order.paid`, which `send` publishes as a stranger does. */
export async function isTriedAgain(agent: MakeAgent, send: () => unknown): Promise<void> {
  await using billing = await agent('billing')
  const attempts: number[] = []
  await billing.subscribe(
    Paid,
    (_, { attempt }) => {
      attempts.push(attempt)
      if (attempts.length < 3) throw new Error('Not yet')
    },
    { retry: { initialMs: 5, maxMs: 5 } },
  )
  await send()
  await eventually('it is handled', () => attempts.length === 3)
  expect(attempts).toEqual([1, 2, 3])
}
