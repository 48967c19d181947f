import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverOf } from './cover.ts'

const known = (...names: string[]) => names.map(name => ({ name, isComplete: true, keeps: false }))

describe('the transports of a broadcast', () => {
  it('are one where one reaches everybody, and others that do stand in for it', () => {
    expect(
      coverOf(known('redis', 'nats', 'amqp'), [
        ['redis', 'nats'],
        ['nats', 'redis', 'amqp'],
      ]),
    ).toEqual({
      taken: ['redis'],
      standIns: ['nats'],
    })
    expect(coverOf(known('memory', 'redis'), [['memory', 'redis'], ['redis']])).toEqual({
      taken: ['redis'],
      standIns: [],
    })
  })

  it('are as few as reach everybody', () => {
    expect(coverOf(known('pipes', 'redis', 'nats'), [['pipes'], ['redis', 'nats'], ['pipes', 'redis']])).toEqual({
      taken: ['pipes', 'redis'],
      standIns: [],
    })
  })

  it('are all where nobody is known, and each on which somebody may be unknown', () => {
    expect(coverOf(known('redis', 'nats'), []).taken).toEqual(['redis', 'nats'])
    expect(coverOf(known('redis', 'nats'), [['amqp']]).taken).toEqual(['redis', 'nats'])
    const [redis, nats] = [
      { name: 'redis', isComplete: true, keeps: false },
      { name: 'nats', isComplete: false, keeps: false },
    ]
    expect(coverOf([redis, nats], [['redis'], ['redis', 'nats']]).taken).toEqual(['redis', 'nats'])
    expect(coverOf([redis, nats], [['redis', 'nats']]).taken).toEqual(['nats'])
  })

  it('have one among them that keeps messages, for groups of which nobody knows', () => {
    const [memory, redis, nats] = known('memory', 'redis', 'nats').map((each, i) => ({ ...each, keeps: i > 0 }))
    if (!memory || !redis || !nats) throw new Error('There are three')
    expect(
      coverOf(
        [memory, redis, nats],
        [
          ['memory', 'redis', 'nats'],
          ['nats', 'memory'],
        ],
      ),
    ).toEqual({
      taken: ['nats'],
      standIns: [],
    })
    expect(coverOf([memory, redis, nats], [['memory', 'redis', 'nats']])).toEqual({
      taken: ['redis'],
      standIns: ['nats'],
    })
    expect(coverOf([memory, redis], [['memory']]).taken).toEqual(['memory', 'redis'])
    expect(coverOf([memory, redis], []).taken).toEqual(['memory', 'redis'])
  })

  it('reach everybody who can be reached, whatever is known, and none of them is there for nothing', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const coverers = fc.uniqueArray(fc.record({ name, isComplete: fc.boolean(), keeps: fc.boolean() }), {
      selector: each => each.name,
      minLength: 1,
    })
    fc.assert(
      fc.property(coverers, fc.array(fc.uniqueArray(name)), (all, audience) => {
        const { taken, standIns } = coverOf(all, audience)
        const names = all.map(each => each.name)
        const known = audience.filter(set => set.some(each => names.includes(each)))
        const keepers = all.filter(({ keeps }) => keeps).map(each => each.name)
        const reached = known.length > 0 && keepers.length > 0 ? [...known, keepers] : known
        for (const set of reached) expect(set.some(each => taken.includes(each))).toBe(true)
        for (const { name: each, isComplete } of all) if (!isComplete) expect(taken).toContain(each)
        for (const each of standIns) for (const set of reached) expect(set).toContain(each)
        if (reached.length > 0 && all.every(each => each.isComplete)) {
          const single = names.some(each => reached.every(set => set.includes(each)))
          if (single) expect(taken).toHaveLength(1)
        }
      }),
    )
  })
})
