import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverOf } from './cover.ts'

const known = (...names: string[]) => names.map(name => ({ name, isComplete: true }))

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
      { name: 'redis', isComplete: true },
      { name: 'nats', isComplete: false },
    ]
    expect(coverOf([redis, nats], [['redis'], ['redis', 'nats']]).taken).toEqual(['redis', 'nats'])
    expect(coverOf([redis, nats], [['redis', 'nats']]).taken).toEqual(['nats'])
  })

  it('reach everybody who can be reached, whatever is known, and none of them is there for nothing', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const coverers = fc.uniqueArray(fc.record({ name, isComplete: fc.boolean() }), {
      selector: each => each.name,
      minLength: 1,
    })
    fc.assert(
      fc.property(coverers, fc.array(fc.uniqueArray(name)), (all, audience) => {
        const { taken, standIns } = coverOf(all, audience)
        const names = all.map(each => each.name)
        const reached = audience.filter(set => set.some(each => names.includes(each)))
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
