import { expect, it } from 'vitest'
import { brokerWire } from '../src/broker/broker-wire.ts'
import { presenceTimes } from '../src/invariants/directory-converges.ts'
import { simulate } from '../src/simulate.ts'
import { misbehaving } from './misbehaving.ts'

it('the times in which a directory has to converge are those of presence', async () => {
  const heldMs = new Set<number>()
  const heardAt: number[] = []
  const wire = misbehaving(brokerWire(), {
    onDelivery:
      (take, { clock }) =>
      delivery => {
        const word = delivery.frame.body.value() as { readonly is?: string; readonly ttlMs?: number }
        if (word.is === 'alive' && delivery.frame.header.from.startsWith('one/')) {
          heldMs.add(word.ttlMs as number)
          heardAt.push(clock.elapsed())
        }
        take(delivery)
      },
  })
  const agents = ['one', 'two'].map(id => ({ id, run: () => undefined }))
  await simulate({ seed: 1, wires: { bus: wire }, agents, faults: false, skew: false, durationMs: 120_000 })
  const { minPeriodMs, heldPeriods, spread } = presenceTimes
  expect([...heldMs]).toEqual([minPeriodMs * heldPeriods])
  // Its own words come back to it, too.
  const periods = heardAt
    .slice(1)
    .map((at, i) => at - (heardAt[i] as number))
    .filter(ms => ms > 1_000)
  expect(periods.length).toBeGreaterThan(15)
  for (const period of periods) expect(Math.abs(period / minPeriodMs - 1)).toBeLessThan(spread - 1 + 0.01)
})
