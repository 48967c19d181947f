import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { createNeighbourhood, refusal } from '../../test/discovery/neighbourhood.ts'
import { StaticPeers } from './static-peers.ts'

/** Listed places in a neighbourhood. Addresses resolve to themselves, by the resolver of the system. */
function createPlaces(...hosts: string[]) {
  const world = createNeighbourhood()
  const faults: unknown[] = []
  const taken = new Set<string>()
  const places = new StaticPeers({
    places: hosts.map(host => ({ host, port: 1 })),
    clock: world.clock,
    random: world.random,
    prober: world.prober,
    isTaken: address => taken.has(address),
    onFault: error => faults.push(error),
  })
  /** Lets time pass, and then the resolver finish, which knows no virtual time. */
  const pass = async (ms: number, untilKnocks: number) => {
    await world.clock.advance(ms)
    await vi.waitFor(() => expect(world.knocks.length).toBeGreaterThanOrEqual(untilKnocks), 5_000)
    await turn()
  }
  return { ...world, faults, taken, places, pass }
}

it('a place is tried until somebody is there, ever more slowly, and the trouble is told once', async () => {
  const { places, residents, knocks, found, faults, pass, clock } = createPlaces('127.0.0.1')
  residents.set('127.0.0.1:1', refusal())
  await places.start()
  expect(faults).toEqual([expect.objectContaining({ code: 'SM_LANET_PEER' })])
  await pass(250, 2)
  await pass(500, 3)
  await pass(1_000, 4)
  await pass(2_000, 5)
  expect(knocks.length).toBeLessThanOrEqual(6)
  residents.set('127.0.0.1:1', 'PEER')
  await pass(10_000, knocks.length + 1)
  expect(found[0]).toEqual(['PEER', '127.0.0.1:1', 'peers'])
  expect(faults).toHaveLength(1)
  places.close()
  expect(clock.pending).toBe(0)
})

it('a name that has no address is trouble like any other', async () => {
  const { places, faults } = createPlaces('no-such-host.invalid')
  await places.start()
  expect(faults).toEqual([expect.objectContaining({ code: 'SM_LANET_PEER', cause: expect.any(Error) })])
  places.close()
})

it('who is known there is not asked again, and once it has gone its place is looked at soon', async () => {
  const { places, residents, knocks, taken, found, pass, clock } = createPlaces('127.0.0.1')
  residents.set('127.0.0.1:1', 'FIRST')
  await places.start()
  taken.add('127.0.0.1:1')
  await clock.advance(100_000)
  await turn()
  expect(knocks).toHaveLength(1)
  taken.clear()
  residents.set('127.0.0.1:1', 'SECOND')
  places.wake()
  await pass(250, 2)
  expect(found.map(([instance]) => instance)).toEqual(['FIRST', 'SECOND'])
  places.close()
})

it('a name may have several addresses, with an agent at each', async () => {
  const { places, residents, knocks } = createPlaces('localhost')
  residents.set('127.0.0.1:1', 'FOUR').set('[::1]:1', 'SIX')
  await places.start()
  expect(knocks).toContain('127.0.0.1:1')
  places.close()
})
