import { describe, expect, it } from 'vitest'
import { makeNetwork } from '../../test/make-network.ts'
import { ConduitEnd } from './conduit.ts'

/** A connection with what its ends are told. */
function connect(seed = 1) {
  const world = makeNetwork(seed)
  const [near, far] = ConduitEnd.pair<number>(world.network, world.a, world.b)
  const told = { near: [] as unknown[], far: [] as unknown[], drains: 0 }
  const open = () => {
    near.open({
      item: item => told.near.push(item),
      closed: error => told.near.push(error ? 'reset' : 'closed'),
      drain: () => {
        told.drains += 1
      },
    })
    far.open({ item: item => told.far.push(item), closed: error => told.far.push(error ? 'reset' : 'closed') })
  }
  return { ...world, near, far, told, open }
}

const numbers = Array.from({ length: 50 }, (_, i) => i)

describe('a connection', () => {
  it('carries everything in order, also what came before it was opened', async () => {
    const { loop, near, told, open } = connect()
    for (const i of numbers.slice(0, 25)) near.send(i, 1)
    await loop.runUntil(10)
    expect(told.far).toEqual([])
    open()
    for (const i of numbers.slice(25)) near.send(i, 1)
    await loop.runUntil(20)
    expect(told.far).toEqual(numbers)
  })

  it('is slow where messages are lost, and loses nothing', async () => {
    const { loop, network, near, told, open } = connect()
    open()
    network.disturb({ hosts: new Set(['a']), loss: 0.5, duplication: 0.5, extraDelayMs: 100 })
    for (const i of numbers) near.send(i, 1)
    await loop.runUntil(200)
    expect(told.far.length).toBeLessThan(50)
    await loop.runUntil(10_000)
    expect(told.far).toEqual(numbers)
  })

  it('holds everything while nothing passes, and says nothing of it', async () => {
    const { loop, network, near, told, open } = connect()
    open()
    const heal = network.block(from => from === 'a')
    for (const i of numbers) near.send(i, 1)
    await loop.runUntil(60_000)
    expect(told).toMatchObject({ near: [], far: [] })
    heal()
    await loop.runUntil(61_000)
    expect(told.far).toEqual(numbers)
  })

  it('has a sender wait while too much is under way', async () => {
    const { loop, near, told, open } = connect()
    open()
    expect(near.send(1, 65_536)).toBe(true)
    expect(near.send(2, 1)).toBe(false)
    await loop.runUntil(10)
    expect(told.drains).toBe(1)
  })
})

describe('the end of a connection', () => {
  it('comes after what was sent, and is told once on each side', async () => {
    const { loop, near, told, open } = connect()
    open()
    near.send(1, 1)
    near.end()
    near.send(2, 1)
    await loop.runUntil(100)
    expect(told).toMatchObject({ near: ['closed'], far: [1, 'closed'] })
  })

  it('comes at once where it is destroyed, and never within the call', async () => {
    const { loop, near, far, told, open } = connect()
    open()
    near.send(1, 1)
    near.destroy()
    far.send(2, 1)
    expect(told).toMatchObject({ near: [], far: [] })
    await loop.runUntil(100)
    expect(told).toMatchObject({ near: ['closed'], far: [1, 'closed'] })
  })

  it('takes with it what is under way where it is cut', async () => {
    const { loop, network, near, told, open } = connect()
    open()
    near.send(1, 1)
    network.cut(new Set(['b']))
    await loop.runUntil(100)
    expect(told).toMatchObject({ near: ['reset'], far: ['reset'] })
  })

  it('is told to who opens it only after it was cut', async () => {
    const { loop, network, told, open } = connect()
    network.cut(new Set(['b']))
    await loop.runUntil(100)
    open()
    await loop.runUntil(200)
    expect(told).toMatchObject({ near: ['reset'], far: ['reset'] })
  })

  it('is told to the other side where a process is killed, and what it had sent arrives', async () => {
    const { loop, a, near, told, open } = connect()
    open()
    near.send(1, 1)
    a.end('killed')
    near.send(2, 1)
    await loop.runUntil(100)
    expect(told).toMatchObject({ near: [], far: [1, 'closed'] })
  })

  it('is told to nobody where a host loses its power, until it is back and somebody writes', async () => {
    const { loop, network, a, far, told, open } = connect()
    open()
    const back = network.block((from, to) => from === 'a' || to === 'a')
    a.end('powerless')
    far.send(1, 1)
    await loop.runUntil(5_000)
    expect(told.far).toEqual([])
    back()
    await loop.runUntil(6_000)
    expect(told).toMatchObject({ near: [], far: ['reset'] })
  })
})
