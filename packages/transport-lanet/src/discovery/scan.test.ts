import { expect, it } from 'vitest'
import { createNeighbourhood } from '../../test/discovery/neighbourhood.ts'
import type { ScanSettings } from './options.ts'
import { Scan } from './scan.ts'
import { parseSubnet, type Subnet } from './subnet.ts'

function createScan(settings: Partial<ScanSettings> = {}) {
  const world = createNeighbourhood()
  const taken = new Set<string>()
  const { clock, random, prober } = world
  const subnet = parseSubnet('10.0.0.0/28') as Subnet
  const scan = new Scan(
    { subnet, ports: [7_400, 7_401], concurrency: 4, timeoutMs: 100, everyMs: 60_000, ...settings },
    { clock, random, prober, isTaken: address => taken.has(address), own: () => new Set(['10.0.0.1:7400']) },
  )
  return { ...world, scan, taken }
}

it('every address and port is tried once in a round, so many at a time, itself and who is known left out', async () => {
  const { scan, clock, knocks, residents, found, taken, state } = createScan()
  residents.set('10.0.0.9:7401', 'PEER')
  taken.add('10.0.0.2:7400')
  const round = scan.start()
  await clock.advance(2_000)
  await round
  const expected = Array.from({ length: 14 }, (_, i) => [`10.0.0.${i + 1}:7400`, `10.0.0.${i + 1}:7401`]).flat()
  const left = expected.filter(address => address !== '10.0.0.1:7400' && address !== '10.0.0.2:7400')
  expect([...knocks].sort()).toEqual(left.sort())
  expect(found).toEqual([['PEER', '10.0.0.9:7401', 'scan']])
  expect(state.most).toBe(4)
  scan.close()
})

it('the next round comes after a long rest, of which half is left to chance', async () => {
  const { scan, clock, knocks } = createScan()
  const round = scan.start()
  await clock.advance(2_000)
  await round
  const inOneRound = knocks.length
  await clock.advance(28_000)
  expect(knocks).toHaveLength(inOneRound)
  await clock.advance(34_000)
  expect(knocks).toHaveLength(2 * inOneRound)
  scan.close()
})

it('a search that is closed knocks no more', async () => {
  const { scan, clock, knocks, prober } = createScan()
  const round = scan.start()
  await clock.advance(50)
  scan.close()
  prober.close()
  await round
  await clock.advance(200_000)
  expect(knocks).toHaveLength(4)
  expect(clock.pending).toBe(0)
})

it('a subnet with a million addresses takes no more memory than one with ten', async () => {
  const { scan, clock, knocks, prober } = createScan({ subnet: parseSubnet('10.0.0.0/12') as Subnet })
  void scan.start()
  await clock.advance(1_000)
  expect(knocks.length).toBeLessThanOrEqual(4 * 11)
  scan.close()
  prober.close()
})
