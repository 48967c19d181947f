import { describe, expect, it } from 'vitest'
import { defineMessage, type FailoverOptions, type KeyOrder, unchecked } from '../src/index.ts'
import { keyOrder } from '../src/receiving/stages/key-order.ts'
import { KeyNumbers } from '../src/sending/key-numbers.ts'
import { OrderPlaced, take, upTo } from './orders.ts'
import { presenceBus } from './presences.ts'
import { shopWithWires, watch } from './several-wires.ts'
import { testJob } from './test-job.ts'
import { testWorld } from './test-world.ts'

const Step = defineMessage('step', { schema: unchecked<{ list: string; n: number }>(), key: ({ list }) => list })

/** A shop whose first wire has a step that may have left, and is lost. */
async function stuckShop(failover: FailoverOptions = {}) {
  const world = await shopWithWires(2, { failover })
  const { shop, wires } = world
  const step = (n: number, list = 'a') => watch(shop.publish(Step, { list, n }, { to: 'billing' }))
  wires[0].takes = false
  const stuck = step(0)
  wires[0].lifecycle.become('degraded')
  await world.settle()
  return { ...world, step, stuck }
}

describe('a message whose predecessor by key is still on another wire', () => {
  it('waits for it; what has another key, or none, does not', async () => {
    const { wires, names, step, stuck, settle } = await stuckShop()
    const behind = upTo(3).map(n => step(n + 1))
    const beside = step(1, 'b')
    await settle()
    expect(beside.receipt).toMatchObject({ transports: [names[1]] })
    expect(behind).toEqual([{}, {}, {}])
    wires[0].pending[0]?.take()
    await settle()
    expect(stuck.receipt).toMatchObject({ transports: [names[0]] })
    expect(wires[1].ids.slice(1)).toEqual(behind.map(({ receipt }) => receipt?.id))
  })

  it('waits no longer than it is to, and those behind it neither', async () => {
    const { clock, wires, step, settle } = await stuckShop({ orderMs: 300 })
    const behind = [step(1), step(2)]
    await clock.advance(299)
    expect(wires[1].ids).toEqual([])
    await clock.advance(1)
    await settle()
    expect(wires[1].ids).toEqual(behind.map(({ receipt }) => receipt?.id))
  })

  it('does not wait at all where that is wanted', async () => {
    const { step, settle, names } = await stuckShop({ orderMs: 0 })
    const behind = step(1)
    await settle()
    expect(behind.receipt).toMatchObject({ transports: [names[1]] })
  })

  it('ends with its time, and lets those behind it go on', async () => {
    const { clock, shop, step } = await stuckShop({ orderMs: 5_000 })
    const short = watch(shop.publish(Step, { list: 'a', n: 1 }, { to: 'billing', timeoutMs: 1_000 }))
    const behind = step(2)
    await clock.advance(2_000)
    expect(short.error).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'failed' } })
    await clock.advance(3_000)
    expect(behind.receipt).toBeDefined()
  })

  it('follows at once when that moves, and thousands keep their order', async () => {
    const { shop, wires, settle } = await shopWithWires(2)
    wires[0].takes = false
    wires[0].leaves = false
    const send = (n: number) => shop.publish(Step, { list: 'a', n }, { to: 'billing' })
    const sent = upTo(1_000).map(send)
    wires[0].lifecycle.become('degraded')
    sent.push(...upTo(3_000).map(send))
    await settle()
    expect(wires[1].ids).toEqual((await Promise.all(sent)).map(({ id }) => id))
  })
})

describe('what a handler is told of the order of its keys', () => {
  async function connected() {
    const world = testWorld()
    const [first, second] = [presenceBus(20), presenceBus(30)]
    const transports = [first.transport(), second.transport()]
    const shop = await world.agent('shop', { transports })
    const billing = await world.agent('billing', { transports: [first.transport(), second.transport()] })
    const told: [number, KeyOrder | undefined][] = []
    await billing.subscribe(Step, ({ n }, { order }) => void told.push([n, order]))
    const step = async (n: number, { name }: { readonly name: string }, list = 'a') => {
      await shop.publish(Step, { list, n }, { route: { only: [name] } })
      await world.settle()
    }
    return { ...world, first: first.bus, second: second.bus, told, step }
  }

  it('is that it is kept, whichever transport brings them', async () => {
    const { first, second, told, step } = await connected()
    for (const [n, bus] of [first, first, second, second, first].entries()) await step(n, bus)
    await step(9, second, 'b')
    expect(told).toEqual([...upTo(5), 9].map(n => [n, 'kept']))
  })

  it('is that nobody knows where one is missing, and that it is broken when that comes after all', async () => {
    const { first, second, told, step, settle } = await connected()
    await step(0, first)
    second.passes = ({ header }) => header.type !== Step.type
    await step(1, second)
    const held = second.published.findLast(({ frame }) => frame.header.type === Step.type)
    await step(2, first)
    second.passes = () => true
    if (held) second.publish(held.frame, held.address)
    await settle()
    await step(3, first)
    expect(told).toEqual([
      [0, 'kept'],
      [2, 'unknown'],
      [1, 'broken'],
      [3, 'kept'],
    ])
  })

  it('is nothing where the sender has one transport, or the message no key', async () => {
    const { agent, settle } = testWorld()
    const { transport } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    const { contexts } = take(await agent('billing', { transports: [transport()] }))
    await settle()
    await shop.publish(OrderPlaced, { n: 1 }, { key: 'a' })
    await settle()
    expect(contexts.map(({ order, header }) => [order, header.extensions])).toEqual([[undefined, undefined]])
  })

  it.each(['', '1', '-', 'a-b', '-1-2', '1-2-3', '1e3-5', `${'9'.repeat(30)}-1`])(
    'is nothing where its mark is %j',
    mark => {
      const job = testJob({ key: 'a', extensions: { smorder: mark } })
      keyOrder()(() => 'handled')(job)
      expect(job.order).toBeUndefined()
    },
  )

  it('is remembered for as many keys as there is room for, and what was forgotten is not known', () => {
    const numbers = new KeyNumbers()
    const marks = upTo(10_001).map(n => numbers.next(`key-${n}`))
    expect([marks[0], marks.at(-1)]).toEqual(['0-1', '0-10001'])
    expect([numbers.next('key-10000'), numbers.next('key-0')]).toEqual(['10001-10002', '-10003'])
    const step = keyOrder()(() => 'handled')
    const orderOf = (key: string, smorder: string) => {
      const job = testJob({ key, extensions: { smorder } })
      step(job)
      return job.order
    }
    for (const n of upTo(10_001)) expect(orderOf(`key-${n}`, marks[n] as string)).toBe('kept')
    expect([orderOf('key-10000', '10001-10002'), orderOf('key-0', '-10003')]).toEqual(['kept', 'unknown'])
  })
})
