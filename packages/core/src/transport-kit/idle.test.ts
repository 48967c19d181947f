import { expect, it } from 'vitest'
import { Idle } from './idle.ts'

it('resolves at once where nothing is left, and else when a check finds that', async () => {
  let left = 2
  const idle = new Idle(() => left === 0)
  let isOver = false
  const waiting = idle.wait(undefined).then(() => {
    isOver = true
  })
  left -= 1
  idle.check()
  await Promise.resolve()
  expect(isOver).toBe(false)
  left -= 1
  idle.check()
  await waiting
  await new Idle(() => true).wait(undefined)
})

it('resolves when the signal aborts, before or during the wait', async () => {
  const idle = new Idle(() => false)
  await idle.wait(AbortSignal.abort())
  const abort = new AbortController()
  const waiting = idle.wait(abort.signal)
  abort.abort()
  await waiting
})
