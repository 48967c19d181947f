import { describe, expect, it } from 'vitest'
import { makeNetwork } from '../../test/make-network.ts'

describe('a message by itself', () => {
  it('arrives after its delay, once', async () => {
    const { loop, network, a, b } = makeNetwork()
    const seen: number[] = []
    network.send(a, b, () => seen.push(loop.elapsed()))
    await loop.runUntil(50)
    expect(seen).toEqual([5])
  })

  it('is lost on a closed path and where nobody is there any more', async () => {
    const { loop, network, a, b } = makeNetwork()
    const seen: string[] = []
    const open = network.block(from => from === 'a')
    network.send(a, b, () => seen.push('closed'))
    network.send(b, a, () => seen.push('the way back'))
    await loop.runUntil(10)
    open()
    network.send(a, b, () => seen.push('open'))
    await loop.runUntil(20)
    network.send(a, b, () => seen.push('too late'))
    b.end('killed')
    await loop.runUntil(30)
    expect(seen).toEqual(['the way back', 'open'])
  })

  it('may be lost, come twice and overtake others where there are troubles, and only there', async () => {
    const { loop, network, a, b } = makeNetwork()
    const seen: number[] = []
    const calm = network.disturb({ hosts: new Set(['b']), loss: 0.3, duplication: 0.3, extraDelayMs: 50 })
    for (let i = 0; i < 100; i++) network.send(a, b, () => seen.push(i))
    await loop.runUntil(100)
    const different = new Set(seen)
    expect(different.size).toBeLessThan(100)
    expect(seen.length).toBeGreaterThan(different.size)
    expect(seen).not.toEqual(seen.toSorted((one, other) => one - other))
    calm()
    seen.length = 0
    for (let i = 0; i < 100; i++) network.send(a, b, () => seen.push(i))
    await loop.runUntil(200)
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
})

it('what is sent until it arrives arrives once the path is open', async () => {
  const { loop, network } = makeNetwork()
  const seen: number[] = []
  const open = network.block(() => true)
  network.reach('a', 'b', () => seen.push(loop.elapsed()))
  await loop.runUntil(1_000)
  expect(seen).toEqual([])
  open()
  await loop.runUntil(2_000)
  expect(seen).toHaveLength(1)
})

it('a path within a host is always open and takes no time', async () => {
  const { loop, network, a } = makeNetwork()
  const seen: number[] = []
  network.block(() => true)
  network.send(a, a, () => seen.push(loop.elapsed()))
  await loop.runUntil(10)
  expect(seen).toEqual([0])
})
