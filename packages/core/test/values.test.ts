import { randomUUID } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineMessage, type Payload, unchecked } from '../src/message/index.ts'
import { failureOf } from './orders.ts'
import { testWorld } from './test-world.ts'

const Thing = defineMessage('thing', { schema: unchecked<Payload>() })

describe('values of another realm', () => {
  it.each([
    ['an object', '({ a: 1, nested: { list: [1, { b: null }] } })'],
    ['a list', '[1, [2], {}]'],
    ['bytes', 'new Uint8Array([1, 2, 3])'],
    ['an object without a prototype', 'Object.assign(Object.create(null), { a: 1 })'],
  ])('pass: %s', async (_what, code) => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop')
    const got: unknown[] = []
    await shop.subscribe(Thing, value => void got.push(value))
    await shop.publish(Thing, runInNewContext(code) as Payload)
    await settle()
    const plain = runInNewContext(code)
    if (ArrayBuffer.isView(plain)) expect([...(got[0] as Uint8Array)]).toEqual([1, 2, 3])
    else expect(JSON.stringify(got[0])).toBe(JSON.stringify(plain))
  })

  it.each(['new Map()', 'new Date()', 'new (class Order {})()', '(() => 1)'])(
    'do not pass where ours would not: %s',
    async code => {
      const { agent } = testWorld()
      const shop = await agent('shop')
      const publish = () => shop.publish(Thing, runInNewContext(code) as Payload)
      expect(await failureOf(publish)).toMatchObject({ code: 'SM_PAYLOAD_NOT_PORTABLE' })
    },
  )
})

describe('what a schema makes of a payload', () => {
  const Task = defineMessage('task', { schema: z.object({ id: z.string().default(() => randomUUID()) }) })

  it('is the same for every receiver and every try', async () => {
    const { agent, clock } = testWorld()
    const [sender, one, other] = [await agent('sender'), await agent('one'), await agent('other')]
    const ids: string[] = []
    await one.subscribe(
      Task,
      ({ id }) => {
        ids.push(id)
        throw new Error('not yet')
      },
      { retry: { maxAttempts: 3, initialMs: 1 } },
    )
    await other.subscribe(Task, ({ id }) => void ids.push(id))
    await sender.publish(Task, {})
    await clock.advance(60_000)
    expect(ids).toHaveLength(4)
    expect(new Set(ids).size).toBe(1)
  })

  it('is what the schema makes of what came, where it cannot take its own output', async () => {
    const { agent, settle } = testWorld()
    const shop = await agent('shop')
    const Length = defineMessage('length', { schema: z.string().transform(text => text.length) })
    const got: number[] = []
    await shop.subscribe(Length, length => void got.push(length))
    await shop.publish(Length, 'four')
    await settle()
    expect(got).toEqual([4])
  })
})

describe('bytes', () => {
  it('that a handler changes are as they came at its next try, and for others', async () => {
    const { agent, clock } = testWorld()
    const Image = defineMessage('image', { schema: unchecked<Uint8Array>() })
    const [sender, one, other] = [await agent('sender'), await agent('one'), await agent('other')]
    const seen: number[][] = []
    const spoil = (image: Uint8Array) => {
      seen.push([...image])
      image.fill(9)
    }
    let tries = 0
    await one.subscribe(
      Image,
      image => {
        spoil(image as Uint8Array)
        tries += 1
        if (tries < 3) throw new Error('again')
      },
      { retry: { initialMs: 1 } },
    )
    await other.subscribe(Image, image => spoil(image as Uint8Array))
    const mine = new Uint8Array([1, 2, 3])
    await sender.publish(Image, mine)
    await clock.advance(60_000)
    expect(seen).toEqual(Array.from({ length: 4 }, () => [1, 2, 3]))
    expect([...mine]).toEqual([1, 2, 3])
  })
})

describe('an awaitable that is no promise', () => {
  it('is waited for, as the answer and as the end of a handler', async () => {
    const { agent } = testWorld()
    const Ask = defineMessage('ask', { schema: unchecked<number>(), reply: unchecked<number>() })
    const [boss, worker] = [await agent('boss'), await agent('worker')]
    // biome-ignore lint/suspicious/noThenProperty: this is what is tested.
    const thenable = (value: number) => ({ then: (resolve: (value: number) => void) => void resolve(value) })
    await worker.subscribe(Ask, n => thenable(n + 1) as unknown as Promise<number>)
    expect(await boss.request(Ask, 1, { to: 'worker' })).toBe(2)
  })
})
