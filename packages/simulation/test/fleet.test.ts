import { describe, expect, it } from 'vitest'
import { fleet } from '../src/scenario/fleet.ts'
import { simulate } from '../src/simulate.ts'

const seeds = 200

describe('20 agents on 3 wires under faults', () => {
  it(`keep every rule under ${seeds} seeds`, async () => {
    const startedAt = process.cpuUsage()
    for (let seed = 1; seed <= seeds; seed++) await simulate(fleet(seed))
    const { user, system } = process.cpuUsage(startedAt)
    console.log(`${seeds} seeds took ${Math.round((user + system) / 1_000)} ms of the processor`)
  }, 600_000)

  it('do the same to the last event under the same seed, and something else under another', async () => {
    const [once, again, other] = [await simulate(fleet(7)), await simulate(fleet(7)), await simulate(fleet(8))]
    expect(again.hash).toBe(once.hash)
    expect(again.history).toEqual(once.history)
    expect(other.hash).not.toBe(once.hash)
  })

  it('have something to do: publishes on every wire, of every outcome, under every kind of fault', async () => {
    const reports = []
    for (let seed = 1; seed <= 12; seed++) reports.push(await simulate(fleet(seed)))
    const publishes = reports.flatMap(({ history }) => history.publishes)
    const wires = new Set(publishes.flatMap(({ transports }) => transports ?? []))
    expect([...wires].sort()).toEqual(['bus', 'lan', 'relay'])
    expect(publishes.length).toBeGreaterThan(12 * 200)
    const ok = publishes.filter(({ outcome }) => outcome === 'ok')
    expect(ok.length).toBeGreaterThan(publishes.length * 0.9)
    const kinds = new Set(reports.flatMap(({ history }) => history.faults.map(({ kind }) => kind)))
    expect(kinds.size).toBeGreaterThanOrEqual(8)
    const ends = new Set(reports.flatMap(({ history }) => history.processes.map(({ end }) => end)))
    expect([...ends]).toEqual(expect.arrayContaining(['crashed', 'lost-power', 'left', undefined]))
    const redelivered = reports.flatMap(({ history }) => history.handlings).filter(({ attempt }) => attempt > 1)
    expect(redelivered.length).toBeGreaterThan(0)
  })
})
