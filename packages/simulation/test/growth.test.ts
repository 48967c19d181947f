import { decodeFrame } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { GrowingFleet } from '../src/growth/growing-fleet.ts'
import { type GrowthResult, measureGrowth } from '../src/growth/measure-growth.ts'
import { wordOf } from '../src/growth/word.ts'
import { presenceTimes } from '../src/invariants/directory-converges.ts'

const { minPeriodMs, periodPerInstanceMs, heldPeriods, spread } = presenceTimes
/** Most words that come to an agent in a second, however large the fleet. */
const mostWords = 1_000 / periodPerInstanceMs

/** A figure of a fleet must be within a fifth of what it ought to be: who speaks when is left to chance. */
function expectNear(figure: number, wanted: number): void {
  expect(figure).toBeGreaterThan(wanted * 0.8)
  expect(figure).toBeLessThan(wanted * 1.2)
}

function expectSound({ instances, comingUp, idle, newcomer }: GrowthResult): void {
  const periodMs = Math.max(minPeriodMs, instances * periodPerInstanceMs)
  expectNear(idle.sentWords, 1_000 / periodMs)
  expectNear(idle.receivedWords, (1_000 * instances) / periodMs)
  // The last is heard at its first heartbeat at the latest.
  expect(comingUp.allKnownMs).toBeLessThanOrEqual(instances * 10 + minPeriodMs * spread + 100)
  expect(newcomer.allKnownMs).toBeLessThan(minPeriodMs)
  expect(newcomer.receivedBytes).toBeGreaterThan(instances * 100)
}

describe('a fleet that grows', () => {
  it.each([10, 100])('of %i agents knows all, and costs each what it should', async instances => {
    expectSound(await measureGrowth({ instances, hearing: instances }))
  })

  it('of which some only speak costs the others as much', async () => {
    expectSound(await measureGrowth({ instances: 100, hearing: 10 }))
  })

  it('costs each no more once it has 250 agents', async () => {
    const { idle } = await measureGrowth({ instances: 500, hearing: 4 })
    expectNear(idle.receivedWords, mostWords)
  })

  it('has agents that speak as seldom as is said of them', async () => {
    const fleet = new GrowingFleet(1)
    const heldMs = new Set<number>()
    const publish = fleet.broker.publish.bind(fleet.broker)
    fleet.broker.publish = (packet, session) => {
      const frame = decodeFrame(packet.bytes)
      const isWhole = fleet.agents.some(({ instance }) => frame.header.from.endsWith(instance))
      const { is, ttlMs } = wordOf(frame)
      if (is === 'alive' && isWhole && fleet.size === 401 && fleet.loop.elapsed() > 15_000) heldMs.add(ttlMs)
      publish(packet, session)
    }
    for (let i = 0; i <= 400; i++) fleet.loop.schedule(() => void (i === 0 ? fleet.start() : fleet.startSpeaker()), i)
    await fleet.loop.runUntil(30_000)
    expect([...heldMs]).toEqual([heldPeriods * 400 * periodPerInstanceMs])
  })
})
