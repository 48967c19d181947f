import { expect, it } from 'vitest'
import { createNeighbourhood, refusal } from '../../test/discovery/neighbourhood.ts'
import type { SeenPeer } from './discovery.ts'
import { UnreachablePeers } from './unreachable-peers.ts'

function createUnreachable() {
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
  const unreachable = new UnreachablePeers({
    clock: world.clock,
    prober: world.prober,
    look: () => peer,
    ask: instance => asked.push(instance),
    onLost: instance => lost.push(instance),
  })
  return { ...world, unreachable, lost, asked, hear, forget }
}

it('a peer that answers after all is kept', async () => {
  const { unreachable, residents, clock, lost, asked } = createUnreachable()
  residents.set('b:1', 'PEER')
  const check = unreachable.check('PEER')
  await clock.advance(3_000)
  await check
  expect([lost, asked]).toEqual([[], ['PEER']])
})

it.each([
  ['nobody listens', refusal()],
  ['somebody else is', 'OTHER'],
])('where %s, the peer is lost within seconds', async (_, resident) => {
  const { unreachable, residents, clock, lost } = createUnreachable()
  residents.set('a:1', resident).set('b:1', resident)
  void unreachable.check('PEER')
  await clock.advance(1_500)
  expect(lost).toEqual(['PEER'])
  expect(clock.pending).toBe(0)
})

it('a peer that is silent is kept for a minute: its cable may be put back', async () => {
  const { unreachable, clock, lost } = createUnreachable()
  void unreachable.check('PEER')
  await clock.advance(60_000)
  expect(lost).toEqual([])
  await clock.advance(20_000)
  expect(lost).toEqual(['PEER'])
})

it('one that announces itself, though it cannot be reached, is kept as long as it does', async () => {
  const { unreachable, residents, clock, lost, hear, asked } = createUnreachable()
  residents.set('a:1', refusal())
  void unreachable.check('PEER')
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
  const { unreachable, clock, lost, asked, forget } = createUnreachable()
  void unreachable.check('PEER')
  void unreachable.check('PEER')
  expect(asked).toEqual(['PEER'])
  forget()
  await clock.advance(200_000)
  expect(lost).toEqual([])
})

it('nothing is left when it is closed', async () => {
  const { unreachable, prober, clock, lost } = createUnreachable()
  const check = unreachable.check('PEER')
  unreachable.close()
  prober.close()
  await check
  expect([lost, clock.pending]).toEqual([[], 0])
})
