import { describe, expect, it } from 'vitest'
import { breakableWire } from '../test/breakable-wire.ts'
import { bridgeWorld, counted, listens, numbersOf, Placed } from '../test/bridge-world.ts'

describe('no message circles', () => {
  it.each([
    ['of one name', undefined, undefined],
    ['of different names', 'there', 'back'],
  ])('through two bridges %s, one in each direction', async (_what, there, back) => {
    const { agent, bridge, settle } = bridgeWorld()
    const here = await listens(await agent('billing', 'near'))
    const far = await listens(await agent('billing', 'far'))
    const over = await bridge('near', 'far', { ...(there && { name: there }) })
    const home = await bridge('far', 'near', { ...(back && { name: back }) })
    await (await agent('shop', 'near')).publish(Placed, { n: 1 })
    await settle()
    await (await agent('desk', 'far')).publish(Placed, { n: 2 })
    await settle()
    expect([numbersOf(here), numbersOf(far)]).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(await counted([over, home], 'forwarded')).toBe(2)
    expect(await counted([over, home], 'loops')).toBe(2)
  })

  it('through three bridges in a ring: each wire gets it once', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const got = []
    for (const side of ['a', 'b', 'c']) got.push(await listens(await agent('billing', side)))
    const ring = [await bridge('a', 'b'), await bridge('b', 'c'), await bridge('c', 'a')]
    await (await agent('shop', 'a')).publish(Placed, { n: 1 })
    await settle()
    expect(got.map(numbersOf)).toEqual([[1], [1], [1]])
    expect(await counted(ring, 'forwarded')).toBe(2)
    expect(await counted(ring, 'loops')).toBe(1)
  })

  it('through two instances in each direction', async () => {
    const { agent, bridge, settle } = bridgeWorld()
    const here = await listens(await agent('billing', 'near'))
    const far = await listens(await agent('billing', 'far'))
    const all = []
    for (const [from, to] of [
      ['near', 'far'],
      ['far', 'near'],
      ['near', 'far'],
      ['far', 'near'],
    ] as const) {
      all.push(await bridge(from, to))
    }
    const shop = await agent('shop', 'near')
    for (let n = 0; n < 20; n++) await shop.publish(Placed, { n })
    await settle()
    expect([here.length, far.length, await counted(all, 'forwarded')]).toEqual([20, 20, 20])
  })
})

it('a wire under two addresses, which options cannot tell, gets each message once more and never again, and this is told', async () => {
  const { agent, bridge, settle, namespace, lines } = bridgeWorld()
  const wire = breakableWire()
  const side = (url: string) => ({ transport: wire({ url }), namespace: namespace('same') })
  const crossing = await bridge('', '', { from: side('wire://10.0.0.7'), to: side('wire://broker.example') })
  const got = await listens(await agent('billing', 'same', { transports: [wire()] }))
  const shop = await agent('shop', 'same', { transports: [wire()] })
  await shop.publish(Placed, { n: 1 })
  await settle()
  expect(numbersOf(got)).toEqual([1])
  expect((await crossing.health()).counters).toMatchObject({ forwarded: 1, loops: 1 })
  expect(lines.filter(({ message }) => message.includes('has come back'))).toHaveLength(1)
})

describe('hops', () => {
  it('are counted, and at most so many: then it is a dead letter of the wire that it has come to', async () => {
    const { agent, bridge, settle, deadLetters } = bridgeWorld()
    await agent('keeper', 'c')
    const last = await listens(await agent('billing', 'd'))
    const middle = await listens(await agent('billing', 'c'))
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
    ] as const)
      await bridge(from, to, { maxHops: 2 })
    await (await agent('shop', 'a')).publish(Placed, { n: 1 })
    await settle()
    expect(middle.map(({ header }) => header.extensions?.smhops)).toEqual(['2'])
    expect(last).toEqual([])
    expect(deadLetters('c')).toMatchObject([
      { reason: { code: 'SM_BRIDGE_HOPS', message: expect.stringContaining('raise maxHops') } },
    ])
  })

  it.each([
    ['no number', { smhops: 'banana' }],
    ['negative', { smhops: '-3' }],
    ['huge', { smhops: '9'.repeat(2_000) }],
    ['beyond what floats can hold', { smhops: '1e309' }],
    ['too long a list', { smbridges: 'a@00000000 '.repeat(150) }],
    ['rubbish', { smhops: '🐌', smbridges: '\u202e<script>' }],
  ])('that are %s crash nothing: the message crosses as one that was never bridged', async (_what, extensions) => {
    const { agent, bridge, settle } = bridgeWorld()
    const got = await listens(await agent('billing', 'far'))
    const crossing = await bridge('near', 'far')
    const shop = await agent('shop', 'near')
    await shop.publish(Placed, { n: 1 }, { extensions })
    await shop.publish(Placed, { n: 2 })
    await settle()
    expect(numbersOf(got)).toEqual([1, 2])
    expect(got[0]?.header.extensions?.smhops).toBe('1')
    expect(await counted([crossing], 'badMarks')).toBe(1)
  })

  it('find no room among 32 extensions: the message is rejected, and others go on', async () => {
    const { agent, bridge, settle, deadLetters } = bridgeWorld()
    const got = await listens(await agent('billing', 'far'))
    await bridge('near', 'far')
    const shop = await agent('shop', 'near')
    const extensions = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`x${i}`, '1']))
    await shop.publish(Placed, { n: 1 }, { extensions })
    await shop.publish(Placed, { n: 2 })
    await settle()
    expect(numbersOf(got)).toEqual([2])
    expect(deadLetters('near')).toMatchObject([{ reason: { code: 'SM_BRIDGE_MARKS' } }])
  })
})
