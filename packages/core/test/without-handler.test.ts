import { describe, expect, it } from 'vitest'
import { defineMessage, unchecked } from '../src/message/index.ts'
import type { MessageContext } from '../src/receiving/index.ts'
import { testWorld } from './test-world.ts'

const Old = defineMessage('old', { schema: unchecked<number>() })
const New = defineMessage('new', { schema: unchecked<number>() })

describe('a message that an instance has no handler for', () => {
  it('is handled by the instances that have one, however often others get it', async () => {
    const { agent, clock } = testWorld()
    const [sender, before, after] = [await agent('sender'), await agent('shop'), await agent('shop')]
    const got: number[] = []
    await before.subscribe(Old, () => undefined)
    await after.subscribe(Old, () => undefined)
    await after.subscribe(New, n => void got.push(n), { retry: { maxAttempts: 1 } })
    for (let n = 0; n < 200; n++) await sender.publish(New, n, { to: 'shop' })
    await clock.advance(30_000)
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n))
    expect(before.deadLetters()).toEqual([])
  })

  it('waits for a handler that is attached later', async () => {
    const { agent, clock } = testWorld()
    const [sender, shop] = [await agent('sender'), await agent('shop')]
    const got: number[] = []
    const attempts: number[] = []
    await shop.subscribe(Old, () => undefined)
    for (const n of [1, 2, 3]) await sender.publish(New, n, { to: 'shop' })
    await clock.advance(6_000)
    const handle = (n: number, { attempt }: MessageContext) => {
      got.push(n)
      attempts.push(attempt)
    }
    await shop.subscribe(New, handle, { retry: { maxAttempts: 1 } })
    await clock.advance(5_000)
    expect(got.sort()).toEqual([1, 2, 3])
    expect(attempts, 'what no handler has begun was no try').toEqual([1, 1, 1])
  })

  it('is given up when nobody has handled it for as long as the agent says', async () => {
    const { agent, clock } = testWorld()
    const [sender, shop] = [await agent('sender'), await agent('shop', { unhandledTimeoutMs: 3_000 })]
    await shop.subscribe(Old, () => undefined)
    await sender.publish(New, 1, { to: 'shop' })
    await clock.advance(2_900)
    expect(shop.deadLetters()).toEqual([])
    await clock.advance(2_000)
    expect(shop.deadLetters().map(({ reason }) => reason.code)).toEqual(['SM_HANDLER_NONE'])
  })
})

describe('an inbox that opens on listen()', () => {
  it('hands out what waits for it once all handlers are attached', async () => {
    const { agent, clock } = testWorld()
    const [sender, shop] = [await agent('sender'), await agent('shop', { inbox: 'on-listen' })]
    const got: string[] = []
    await shop.subscribe(Old, n => void got.push(`old ${n}`))
    await expect(sender.publish(New, 1, { to: 'shop' })).rejects.toMatchObject({ code: 'SM_ROUTE_NONE' })
    await shop.subscribe(New, n => void got.push(`new ${n}`))
    await shop.listen()
    await sender.publish(New, 2, { to: 'shop' })
    await sender.publish(Old, 3, { to: 'shop' })
    await clock.advance(0)
    expect(got).toEqual(['new 2', 'old 3'])
    expect((await shop.health()).counters.unhandled).toBe(0)
  })

  it('takes broadcasts before', async () => {
    const { agent, settle } = testWorld()
    const [sender, shop] = [await agent('sender'), await agent('shop', { inbox: 'on-listen' })]
    const got: number[] = []
    await shop.subscribe(Old, n => void got.push(n))
    await sender.publish(Old, 1)
    await settle()
    expect(got).toEqual([1])
  })
})
