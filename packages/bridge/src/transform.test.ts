import { defineMessage, unchecked } from '@sm/core'
import { describe, expect, it } from 'vitest'
import { bridgeWorld, listens, numbersOf, Placed, Tick } from '../test/bridge-world.ts'
import type { BridgeTransform } from './index.ts'

const Imported = defineMessage('import.order', { schema: unchecked<{ number: number }>() })

async function changingWorld(transform: BridgeTransform, options: object = {}) {
  const world = bridgeWorld()
  const crossing = await world.bridge('near', 'far', { transform, ...options })
  const shop = await world.agent('shop', 'near')
  const billing = await world.agent('billing', 'far')
  const got = await listens(billing)
  const counters = async () => (await crossing.health()).counters
  return { ...world, crossing, shop, billing, got, counters }
}

describe('a transform', () => {
  it('sees header and payload, and leaves what it does not change', async () => {
    const seen: unknown[] = []
    const { shop, settle, got } = await changingWorld(({ header, payload }) => {
      seen.push([header.type, payload()])
      return {}
    })
    await shop.publish(Placed, { n: 1 }, { key: 'k' })
    await settle()
    expect(seen).toEqual([['order.placed', { n: 1 }]])
    expect(got).toMatchObject([{ n: 1, header: { key: 'k' } }])
  })

  it('drops messages by returning undefined', async () => {
    const { shop, settle, got, counters, deadLetters } = await changingWorld(({ payload }) =>
      (payload() as { n: number }).n % 2 ? {} : undefined,
    )
    for (const n of [1, 2, 3, 4]) await shop.publish(Placed, { n })
    await settle()
    expect(numbersOf(got)).toEqual([1, 3])
    expect(await counters()).toMatchObject({ dropped: 2, forwarded: 2 })
    expect(deadLetters('near')).toEqual([])
  })

  it('changes type, extensions and payload; id, sender and time stay', async () => {
    const { shop, settle, billing } = await changingWorld(async ({ payload }) => ({
      type: 'import.order',
      payload: { number: (payload() as { n: number }).n },
      extensions: { region: 'eu', internal: undefined },
    }))
    const got: unknown[] = []
    await billing.subscribe(Imported, (imported, { header }) => void got.push([imported, header]))
    const { id } = await shop.publish(Placed, { n: 7 }, { extensions: { internal: 'x', tenant: 'acme' } })
    await settle()
    expect(got).toMatchObject([[{ number: 7 }, { id, from: expect.stringMatching(/^shop\//) }]])
    const [, header] = got[0] as [unknown, { extensions: object }]
    expect(header.extensions).toEqual({ tenant: 'acme', region: 'eu', smhops: '1', smbridges: expect.any(String) })
  })

  it('sends a broadcast to one agent', async () => {
    const { shop, settle, got, billing, agent } = await changingWorld(() => ({ to: 'desk' }))
    const desk = await listens(await agent('desk', 'far'))
    expect(billing.id).toBe('billing')
    await shop.publish(Placed, { n: 1 })
    await settle()
    expect([numbersOf(got), numbersOf(desk)]).toEqual([[], [1]])
  })

  it('keeps the order of a sender while it takes its time', async () => {
    const gate = Promise.withResolvers<void>()
    const { shop, settle, got } = await changingWorld(async ({ payload }) => {
      if ((payload() as { n: number }).n === 0) await gate.promise
      return {}
    })
    for (const n of [0, 1, 2]) await shop.publish(Placed, { n })
    await settle()
    expect(got).toEqual([])
    gate.resolve()
    await settle()
    expect(numbersOf(got)).toEqual([0, 1, 2])
  })
})

describe('a transform that fails', () => {
  const failing: Array<[string, BridgeTransform, RegExp]> = [
    [
      'that throws',
      () => {
        throw new Error('a fault of its own')
      },
      /a fault of its own/,
    ],
    ['that rejects', () => Promise.reject(new Error('later')), /later/],
    ['that returns no object', (() => 7) as never, /object of changes/],
    ['that returns what is no change', (() => ({ paylod: 1 })) as never, /paylod/],
    ['that makes a type that is none', () => ({ type: 'a..b' }), /SM_NAME_INVALID/],
    ["that makes a type of the library's own", () => ({ type: 'sm.reply' }), /SM_NAME_INVALID/],
    ['that makes an agent that is none', () => ({ to: 'No One' }), /SM_NAME_INVALID/],
    ['that makes an extension that is none', () => ({ extensions: { 'Bad-Name': 'x' } }), /SM_NAME_INVALID/],
    ['that makes a payload that no wire carries', () => ({ payload: new Date() as never }), /SM_PAYLOAD_NOT_PORTABLE/],
  ]
  it.each(failing)('%s has three tries, then the message is a dead letter and others go on', async (_w, fails, why) => {
    let tries = 0
    const { shop, settle, clock, got, deadLetters, counters } = await changingWorld(message => {
      if ((message.payload() as { n: number }).n !== 1) return {}
      tries += 1
      return fails(message)
    })
    await shop.publish(Placed, { n: 1 })
    await shop.publish(Placed, { n: 2 })
    await settle()
    await clock.advance(5_000)
    expect(numbersOf(got)).toEqual([2])
    expect(tries).toBe(3)
    expect(deadLetters('near')).toMatchObject([
      { reason: { code: 'SM_BRIDGE_TRANSFORM', message: expect.stringMatching(why) } },
    ])
    expect(await counters()).toMatchObject({ rejected: 1, forwarded: 1 })
  })

  it('that never ends is ended, with its signal', async () => {
    const reasons: string[] = []
    const { shop, settle, clock, deadLetters } = await changingWorld(
      ({ signal }) => {
        signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message))
        return new Promise(() => {})
      },
      { transformTimeoutMs: 100 },
    )
    await shop.publish(Placed, { n: 1 })
    await settle()
    await clock.advance(5_000)
    expect(reasons).toEqual(Array(3).fill('It took longer than 100 ms'))
    expect(deadLetters('near')).toMatchObject([{ reason: { code: 'SM_BRIDGE_TRANSFORM' } }])
  })

  it('once and then works loses nothing', async () => {
    let failures = 2
    const { shop, settle, clock, got } = await changingWorld(() => {
      if (failures-- > 0) throw new Error('not yet')
      return {}
    })
    await shop.publish(Placed, { n: 1 })
    await settle()
    await clock.advance(5_000)
    expect(numbersOf(got)).toEqual([1])
  })

  it('at a message at most once is not tried again', async () => {
    let tries = 0
    const { shop, settle, clock } = await changingWorld(() => {
      tries += 1
      throw new Error('no')
    })
    await shop.publish(Tick, { n: 1 })
    await settle()
    await clock.advance(5_000)
    expect(tries).toBe(1)
  })

  it('while the bridge stops hands its message back', async () => {
    const { shop, settle, crossing, agent, bridge, clock } = await changingWorld(() => new Promise(() => {}))
    await shop.publish(Placed, { n: 1 })
    await settle()
    await crossing.stop({ drain: false })
    const got = await listens(await agent('audit', 'far'))
    await bridge('near', 'far')
    await clock.advance(1_000)
    expect(numbersOf(got)).toEqual([1])
  })
})
