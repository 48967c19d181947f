import { expect, it } from 'vitest'
import { EventLoop } from './event-loop.ts'
import { HostClock } from './host-clock.ts'
import { ProcessClock } from './process-clock.ts'

it('the clock of a host is ahead and goes faster, and no timer of it is early', async () => {
  const world = new EventLoop({ startMs: 0, maxEvents: 1_000 })
  const clock = new HostClock(world, { offsetMs: 250, driftPpm: 10_000 })
  let ranAt = 0
  clock.schedule(() => {
    ranAt = clock.elapsed()
  }, 1_000)
  await world.runUntil(10_000)
  expect(ranAt).toBeGreaterThanOrEqual(1_000)
  expect(ranAt).toBeLessThan(1_003)
  expect([clock.elapsed(), clock.now()]).toEqual([10_100, 10_350])
})

it('its wall clock can be set, and no interval notices', () => {
  const world = new EventLoop({ startMs: 0, maxEvents: 1_000 })
  const clock = new HostClock(world, { offsetMs: 0, driftPpm: 0 })
  clock.setWall(-5_000)
  expect([clock.elapsed(), clock.now()]).toEqual([0, -5_000])
})

it('no timer of a process runs once that has ended', async () => {
  const world = new EventLoop({ startMs: 0, maxEvents: 1_000 })
  const clock = new ProcessClock(world)
  const seen: string[] = []
  clock.schedule(() => seen.push('before'), 10)
  clock.schedule(() => seen.push('after'), 20)
  world.schedule(() => clock.end(), 15)
  await world.runUntil(16)
  clock.schedule(() => seen.push('never'), 1)
  await world.runUntil(30)
  expect(seen).toEqual(['before'])
})
