import { expect, it } from 'vitest'
import { Breaker } from './breaker.ts'

const breaker = () => new Breaker({ failures: 3, cooldownMs: 1_000 })

function opened(): Breaker {
  const opened = breaker()
  opened.trip(0)
  return opened
}

it('opens after so many failures in a row', () => {
  const some = breaker()
  some.failed(0)
  some.failed(0)
  expect(some.state(0)).toBe('closed')
  some.failed(0)
  expect([some.state(0), some.probeAt]).toEqual(['open', 1_000])
})

it('lets nothing through while it is open, then one probe, and no other until that has ended', () => {
  const some = opened()
  expect(some.admits(999)).toBe(false)
  expect([some.admits(1_000), some.admits(1_000), some.admits(9_000)]).toEqual([true, false, false])
})

it('is not closed by time', () => {
  expect(opened().state(86_400_000)).toBe('half-open')
})

it('stays open twice as long with each probe that fails, up to half a minute', () => {
  const some = opened()
  const waits: number[] = []
  let now = 0
  for (let i = 0; i < 7; i++) {
    const { probeAt = 0 } = some
    waits.push(probeAt - now)
    now = probeAt
    expect(some.admits(now)).toBe(true)
    some.failed(now)
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

it('lets another probe through when a caller has given up the one before', () => {
  const some = opened()
  some.admits(1_000)
  some.withdrawn()
  expect(some.admits(1_000)).toBe(true)
})

it('does not put its probe off while failures of before come in', () => {
  const some = opened()
  for (let now = 0; now < 1_000; now += 100) some.failed(now)
  expect(some.state(1_000)).toBe('half-open')
})
