import { expect, it } from 'vitest'
import { createNeighbourhood, refusal } from '../../test/discovery/neighbourhood.ts'
import type { SeenPeer } from './discovery.ts'
import { Doubts } from './doubts.ts'

function createDoubts() {
  const world = createNeighbourhood()
  const lost: string[] = []
  const asked: string[] = []
  const unknown = { fingerprint: undefined, network: undefined }
  let peer: SeenPeer | undefined = {
    ...unknown,
    agent: 'peer',
    instance: 'PEER',
    addresses: ['a:1', 'b:1'],
    by: 'mdns',
    seenAt: 0,
  }
  const hear = () => {
    if (peer) peer = { ...peer, seenAt: world.clock.elapsed() }
  }
  const forget = () => {
    peer = undefined
  }
  const doubts = new Doubts({
    clock: world.clock,
    prober: world.prober,
    look: () => peer,
    ask: instance => asked.push(instance),
    onLost: instance => lost.push(instance),
  })
  return { ...world, doubts, lost, asked, hear, forget }
}

it('a peer that answers after all is kept', async () => {
  const { doubts, residents, clock, lost, asked } = createDoubts()
  residents.set('b:1', 'PEER')
  const check = doubts.check('PEER')
  await clock.advance(3_000)
  await check
  expect([lost, asked]).toEqual([[], ['PEER']])
})

it.each([
  ['nobody listens', refusal()],
  ['somebody else is', 'OTHER'],
])('where %s, the peer is lost within seconds', async (_, resident) => {
  const { doubts, residents, clock, lost } = createDoubts()
  residents.set('a:1', resident).set('b:1', resident)
  void doubts.check('PEER')
  await clock.advance(1_500)
  expect(lost).toEqual(['PEER'])
  expect(clock.pending).toBe(0)
})

it('a peer that is silent is kept for a minute: its cable may be put back', async () => {
  const { doubts, clock, lost } = createDoubts()
  void doubts.check('PEER')
  await clock.advance(60_000)
  expect(lost).toEqual([])
  await clock.advance(20_000)
  expect(lost).toEqual(['PEER'])
})

it('one that announces itself, though it cannot be reached, is kept as long as it does', async () => {
  const { doubts, residents, clock, lost, hear, asked } = createDoubts()
  residents.set('a:1', refusal())
  void doubts.check('PEER')
  for (let minute = 1; minute <= 5; minute++) {
    // It answers each time when it is asked.
    for (const before = asked.length; asked.length === before && minute > 1; ) await clock.advance(500)
    hear()
    await clock.advance(10_000)
  }
  expect(lost).toEqual([])
  await clock.advance(200_000)
  expect(lost).toEqual(['PEER'])
})

it('one that is doubted already, or has left meanwhile, is no second doubt', async () => {
  const { doubts, clock, lost, asked, forget } = createDoubts()
  void doubts.check('PEER')
  void doubts.check('PEER')
  expect(asked).toEqual(['PEER'])
  forget()
  await clock.advance(200_000)
  expect(lost).toEqual([])
})

it('nothing is left when it is closed', async () => {
  const { doubts, prober, clock, lost } = createDoubts()
  const check = doubts.check('PEER')
  doubts.close()
  prober.close()
  await check
  expect([lost, clock.pending]).toEqual([[], 0])
})
