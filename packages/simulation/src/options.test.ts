import { describe, expect, it } from 'vitest'
import { brokerWire } from './broker/broker-wire.ts'
import { meshWire } from './mesh/mesh-wire.ts'
import { type SimulationOptions, toSettings } from './options.ts'

const run = () => undefined
const good: SimulationOptions = { seed: 1, wires: { bus: brokerWire() }, agents: [{ id: 'shop', run }] }

describe('the options of a simulation', () => {
  it('have defaults', () => {
    expect(toSettings(good)).toMatchObject({ durationMs: 30_000, sites: 1, faults: { count: 6, untilMs: 12_000 } })
    expect(toSettings(good).faults.kinds).not.toContain('broker-wipe')
    expect(toSettings({ ...good, faults: false, skew: false })).toMatchObject({
      faults: { count: 0 },
      skew: { offsetMs: 0, driftPpm: 0 },
    })
  })

  it.each<[string, object]>([
    ['has no option "sead"', { sead: 1 }],
    ['has no option "often"', { faults: { often: true } }],
    ['has no option "instance"', { agents: [{ id: 'shop', instance: 2, run }] }],
    ['no fault "flood"', { faults: { kinds: ['flood'] } }],
    ['at least one wire', { wires: {} }],
    ['at least one agent', { agents: [] }],
    ['uses the wire "lan"', { agents: [{ id: 'shop', wires: ['lan'], run }] }],
    ['listed twice', { agents: [good.agents[0], good.agents[0]] }],
    ['The option seed', { seed: -1 }],
    ['Faults last until 12000 ms', { durationMs: 5_000 }],
  ])('are refused: %s', (message, wrong) => {
    expect(() => toSettings({ ...good, ...wrong })).toThrow(message)
  })

  it('of a wire are checked, too', () => {
    expect(() => meshWire({ rang: 1 } as object)).toThrow('A mesh wire has no option "rang"')
    expect(() => brokerWire({ visibilityMs: 0 })).toThrow('The option visibilityMs')
  })
})
