import { describe, expect, it } from 'vitest'
import { handlingOf, historyOf, processOf, publishOf } from '../../test/histories.ts'
import { nothingLost } from './nothing-lost.ts'

const brokenBy = (...given: Parameters<typeof historyOf>) => nothingLost(historyOf(...given))

describe('a message that was acknowledged and that nobody has handled', () => {
  it('is lost, and the lines show its publish and its tries', () => {
    const handlings = [handlingOf({ outcome: 'failed' })]
    expect(brokenBy({ publishes: [publishOf()], handlings })).toEqual([
      {
        rule: 'nothing-lost',
        what: 'Publish #1 was acknowledged (accepted) for 1 groups, and 0 have handled it',
        lines: [expect.stringContaining('publish #1'), expect.stringContaining('handling of #1')],
      },
    ])
  })

  it('is not, where it was given up with a reason', () => {
    const rejections = [{ at: 200, agent: 'billing', instance: 'BILL1', id: 'M1', reason: 'SM_HANDLER_FAILED' }]
    expect(brokenBy({ publishes: [publishOf({ id: 'M1' })], rejections })).toEqual([])
  })

  it.each([
    ['nobody subscribed', publishOf({ evidence: 'none', copies: 0 })],
    ['it was sent at most once', publishOf({ delivery: 'at-most-once', evidence: 'sent' })],
    ['its publish has failed', publishOf({ outcome: 'failed' })],
  ])('is not, where %s', (_why, publish) => {
    expect(brokenBy({ publishes: [publish] })).toEqual([])
  })
})

describe('a broadcast', () => {
  const publish = publishOf({ to: undefined, copies: 3 })

  it('is lost where fewer groups have handled it than its receipt says', () => {
    expect(brokenBy({ publishes: [publish], handlings: [handlingOf(), handlingOf({ handler: 'mail' })] })).toHaveLength(
      1,
    )
  })

  it('counts copies once that several wires have for the same groups', () => {
    const over = publishOf({ to: undefined, copies: 4, transports: ['bus', 'lan'] })
    expect(brokenBy({ publishes: [over], handlings: [handlingOf(), handlingOf({ handler: 'mail' })] })).toEqual([])
  })
})

describe('what a wire does not promise', () => {
  const crashed = { end: 'crashed', endedAt: 200 } as const
  const sender = processOf({ agent: 'shop', instance: 'SHOP1', ...crashed })
  const receiver = processOf(crashed)

  it('is no loss: a server that loses its data', () => {
    expect(brokenBy({ publishes: [publishOf()], wipes: [{ at: 150, wire: 'bus' }] })).toEqual([])
    expect(brokenBy({ publishes: [publishOf()], wipes: [{ at: 105, wire: 'bus' }] })).toHaveLength(1)
    const broadcast = publishOf({ to: undefined })
    expect(brokenBy({ publishes: [broadcast], wipes: [{ at: 105, wire: 'bus' }] })).toEqual([])
  })

  it('is no loss: frames that sender and receiver took with them, unless a server had them', () => {
    const publishes = [publishOf({ transports: ['lan'] })]
    expect(brokenBy({ publishes, processes: [sender, receiver] })).toEqual([])
    expect(brokenBy({ publishes, processes: [receiver] })).toHaveLength(1)
    const handlings = [handlingOf({ transport: 'lan', outcome: 'failed' })]
    expect(brokenBy({ publishes, processes: [sender], handlings })).toEqual([])
    expect(brokenBy({ publishes, processes: [sender] })).toHaveLength(1)
    expect(brokenBy({ publishes: [publishOf({ transports: ['lan'], to: 'shop' })], processes: [sender] })).toEqual([])
    expect(brokenBy({ publishes: [publishOf()], processes: [sender, receiver] })).toHaveLength(1)
  })
})
