import { describe, expect, it } from 'vitest'
import { faultOf, historyOf, processOf, sightingOf } from '../../test/histories.ts'
import type { History } from '../history/history.ts'
import { directoryConverges } from './directory-converges.ts'

const places = { bus: '', lan: 'site 0' }
const shop = processOf({ agent: 'shop', instance: 'SHOP1', places })
const billing = processOf({ places })
/** Each names the other on both wires. */
const sightings = ['bus', 'lan'].flatMap(wire => [
  sightingOf({ wire }),
  sightingOf({ wire, by: 'BILL1', instance: 'SHOP1' }),
])
const world: Partial<History> = { durationMs: 40_000, processes: [shop, billing], sightings }
const brokenBy = (given: Partial<History>) =>
  directoryConverges(historyOf({ ...world, ...given })).map(({ what }) => what)
const onBus = (given: Partial<(typeof sightings)[number]>) => [sightingOf(given), ...sightings.slice(1)]

describe('a directory', () => {
  it('names those who live, on each wire on which they meet', () => {
    expect(brokenBy({})).toEqual([])
    expect(brokenBy({ sightings: sightings.slice(1) })).toContain(
      'SHOP1 does not name BILL1 on bus, 4000 ms after both had started',
    )
    const elsewhere = processOf({ places: { bus: '', lan: 'site 1' } })
    const onBusAlone = sightings.filter(({ wire }) => wire === 'bus')
    expect(brokenBy({ processes: [shop, elsewhere], sightings: onBusAlone })).toEqual([])
  })

  it('names them without a break, once faults are over', () => {
    const broken = onBus({ endedAt: 30_000 })
    expect(brokenBy({ sightings: broken })).toEqual([
      'SHOP1 does not name BILL1 on bus, 17000 ms after both had started',
    ])
    expect(brokenBy({ sightings: broken, faults: [faultOf(1_000, 25_000)] })).toEqual([])
    expect(brokenBy({ sightings: onBus({ at: 20_000 }), faults: [faultOf(1_000, 2_000)] })).toEqual([])
  })

  it('names nobody who has died once no word of it holds', () => {
    const dead = processOf({ places, endedAt: 10_000, end: 'crashed' })
    const forgotten = sightings.map(each => ({ ...each, endedAt: 26_000 }))
    expect(brokenBy({ processes: [shop, dead], sightings: forgotten })).toEqual([])
    expect(
      brokenBy({ processes: [shop, dead], sightings: [sightingOf({ endedAt: 27_001 }), ...forgotten.slice(1)] }),
    ).toEqual(['SHOP1 still names BILL1 17001 ms after its end'])
  })

  it('names nobody who has said that it leaves', () => {
    const leaver = processOf({ places, leavingAt: 10_000, endedAt: 10_500, end: 'left' })
    const told = sightings.map(each => ({ ...each, endedAt: 10_020 }))
    const late = [sightingOf({ endedAt: 12_000 }), ...told.slice(1)]
    expect(brokenBy({ processes: [shop, leaver], sightings: told })).toEqual([])
    expect(brokenBy({ processes: [shop, leaver], sightings: late })).toEqual([
      'SHOP1 still names BILL1 1500 ms after its end',
    ])
    expect(brokenBy({ processes: [shop, leaver], sightings: late, faults: [faultOf(9_900, 10_100)] })).toEqual([])
    const restart = { ...faultOf(9_900, 12_000), kind: 'restart' }
    expect(brokenBy({ processes: [shop, leaver], sightings: late, faults: [restart] })).toHaveLength(1)
  })

  it('need not be right before there was time for it', () => {
    expect(brokenBy({ durationMs: 3_000, sightings: [] })).toEqual([])
    const dead = processOf({ places, endedAt: 30_000, end: 'crashed' })
    expect(brokenBy({ processes: [shop, dead] })).toEqual([])
  })
})
