import { createVirtualClock } from '@sm/core/testing'
import { expect, it } from 'vitest'
import { QueueQuota } from './queue-quota.ts'

/** A room whose queue is what the test says it is. */
function roomOf(limit: number, queue: { queued: number | undefined }) {
  const clock = createVirtualClock()
  const asks: Array<() => void> = []
  const ask = () =>
    new Promise<number | undefined>(resolve => {
      const { queued } = queue
      asks.push(() => resolve(queued))
    })
  const room = new QueueQuota({ limit, clock, ask })
  const answer = async () => {
    asks.shift()?.()
    await clock.advance(0)
  }
  return { room, clock, asks, answer }
}

it('grants half of what is left, so that two who ask at once do not fill it twice', async () => {
  const { room, answer } = roomOf(100, { queued: 20 })
  let called = 0
  room.wait(() => {
    called += 1
  })
  expect(room.isThere).toBe(false)
  await answer()
  expect([room.isThere, called]).toEqual([true, 1])
  for (let i = 0; i < 40; i++) room.take()
  expect(room.isThere).toBe(false)
})

it('counts what the answer may not have counted', async () => {
  const queue = { queued: 0 }
  const { room, asks, answer } = roomOf(10, queue)
  room.grant(0)
  // Half of it is spent, so it asks; three more are taken, and land, before the answer comes.
  for (let i = 0; i < 3; i++) room.take()
  expect(asks).toHaveLength(1)
  for (let i = 0; i < 2; i++) room.take()
  for (let i = 0; i < 5; i++) room.landed()
  queue.queued = 5
  await answer()
  // Of 10, 5 may be there without being in the answer of 0.
  let left = 0
  for (; room.isThere; left++) room.take()
  expect(left).toBe(3)
})

it('asks again and again while there is none, and tells those who wait each time', async () => {
  const queue: { queued: number | undefined } = { queued: 10 }
  const { room, clock, asks, answer } = roomOf(10, queue)
  let looks = 0
  const look = () => {
    looks += 1
    if (!room.isThere) room.wait(look)
  }
  room.wait(look)
  for (let i = 1; i <= 3; i++) {
    await answer()
    expect(looks).toBe(i)
    await clock.advance(200)
    expect(asks).toHaveLength(1)
  }
  queue.queued = undefined
  await answer()
  await clock.advance(200)
  // The answer to a question from before the queue became empty.
  await answer()
  queue.queued = 0
  await clock.advance(200)
  await answer()
  expect(room.isThere).toBe(true)
})

it('asks no more once it is closed', async () => {
  const { room, clock, asks, answer } = roomOf(1, { queued: 1 })
  room.wait(() => room.wait(() => undefined))
  await answer()
  room.close()
  await clock.advance(10_000)
  expect(asks.length).toBeLessThanOrEqual(1)
})
